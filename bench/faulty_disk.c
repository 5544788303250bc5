/* A disk that can be looked at after a power cut, and that can fail. To be preloaded.

   DISK_OF      the folder that all this is about; other files are left alone
   DISK_KEPT    where to keep what an fsync makes safe: the bytes of a file under its inode number, the names in a folder
                (kind, inode number, name) under its own with ".names". Nothing else would be left after a power cut.
   DISK_FAULT   a file that says, while it is there, what fails: "eio" every fsync, "erofs" every write */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char block[1 << 20]; /* used under the lock only */

static int is_ours(int fd, char *path) {
    const char *root = getenv("DISK_OF");
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = root ? readlink(link, path, PATH_MAX - 1) : -1;
    if (size < 0) return 0;
    path[size] = 0;
    size_t length = strlen(root);
    return strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static int fails_with(int fd, const char *what) {
    const char *told = getenv("DISK_FAULT");
    char path[PATH_MAX], text[16] = "";
    if (!told) return 0;
    int control = open(told, O_RDONLY | O_CLOEXEC);
    if (control < 0) return 0;
    ssize_t size = read(control, text, sizeof text - 1);
    close(control);
    return size > 0 && strncmp(text, what, strlen(what)) == 0 && is_ours(fd, path);
}

static void write_all(int out, const char *data, ssize_t size) {
    while (size > 0) {
        ssize_t done = syscall(SYS_write, out, data, size);
        if (done <= 0) _exit(90); /* better no answer than one that looks as if it were kept */
        data += done;
        size -= done;
    }
}

/* Never by a second descriptor where it can be helped: to close one would let go of SQLite's locks on the file. */
static void copy_bytes(int fd, int out) {
    char link[64];
    int from = fd;
    off_t at = 0;
    ssize_t size = pread(fd, block, 1, 0);
    if (size < 0 && errno == EBADF) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        from = open(link, O_RDONLY | O_CLOEXEC);
    }
    while ((size = pread(from, block, sizeof block, at)) > 0) {
        write_all(out, block, size);
        at += size;
    }
    if (size < 0) _exit(91);
    if (from != fd) close(from);
}

static void copy_names(const char *path, int out) {
    char line[NAME_MAX + 64];
    DIR *folder = opendir(path);
    if (!folder) _exit(92);
    for (struct dirent *one; (one = readdir(folder));)
        if (strcmp(one->d_name, ".") && strcmp(one->d_name, ".."))
            write_all(out, line, snprintf(line, sizeof line, "%c %lu %s\n", one->d_type == DT_DIR ? 'd' : 'f',
                                          (unsigned long)one->d_ino, one->d_name));
    closedir(folder);
}

static void keep(int fd) {
    const char *kept = getenv("DISK_KEPT");
    char path[PATH_MAX], name[PATH_MAX], whole[PATH_MAX];
    struct stat about;
    if (!kept || !is_ours(fd, path) || fstat(fd, &about)) return;
    snprintf(name, sizeof name, "%s/lock", kept);
    int lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    flock(lock, LOCK_EX);
    snprintf(whole, sizeof whole, "%s/%lu%s", kept, (unsigned long)about.st_ino, S_ISDIR(about.st_mode) ? ".names" : "");
    snprintf(name, sizeof name, "%s/new", kept);
    int out = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (lock < 0 || out < 0) _exit(93);
    if (S_ISDIR(about.st_mode)) copy_names(path, out); else copy_bytes(fd, out);
    close(out);
    if (rename(name, whole)) _exit(94);
    close(lock);
}

static int make_safe(int fd, long call) {
    if (fails_with(fd, "eio")) { errno = EIO; return -1; }
    if (!getenv("DISK_KEPT")) return syscall(call, fd);
    keep(fd);
    return 0;
}

int fsync(int fd) { return make_safe(fd, SYS_fsync); }
int fdatasync(int fd) { return make_safe(fd, SYS_fdatasync); }

ssize_t write(int fd, const void *data, size_t size) {
    if (fails_with(fd, "erofs")) { errno = EROFS; return -1; }
    return syscall(SYS_write, fd, data, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    if (fails_with(fd, "erofs")) { errno = EROFS; return -1; }
    return syscall(SYS_pwrite64, fd, data, size, at);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) { return pwrite(fd, data, size, at); }
