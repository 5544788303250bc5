/* Forms: one step at a time, questions that appear when they are needed, a draft on this device, uploads, proof of work.
   Every form works without it. Plain ES5 for old phones. */
(function (doc) {
  /* --- conditions: the twin of forms_api/conditions.py, over the same table of cases --- */
  function listed(value) { return Array.isArray(value) ? value : [value]; }
  function entryHolds(key, wanted, answers) {
    if (key === "not") { return !holds(wanted, answers); }
    if (key === "any") { return wanted.some(function (one) { return holds(one, answers); }); }
    if (key === "all") { return wanted.every(function (one) { return holds(one, answers); }); }
    var given = Object.prototype.hasOwnProperty.call(answers, key) ? listed(answers[key]) : [];
    return given.some(function (one) { return listed(wanted).indexOf(one) >= 0; });
  }
  function holds(condition, answers) {
    return Object.keys(condition).every(function (key) { return entryHolds(key, condition[key], answers); });
  }

  /* --- income per head: the twin of forms_api/computed.py --- */
  function isNumber(value) { return typeof value === "number" && isFinite(value); }
  function workOut(hint, answers) {
    var members = listed(hint.rows ? answers[hint.rows] || [] : []), some = false;
    function sum(names) {
      var total = 0;
      names.forEach(function (name) {
        [answers].concat(members).forEach(function (one) { if (isNumber(one[name])) { total += one[name]; some = true; } });
      });
      return total;
    }
    var income = sum(hint.monthly || []) + sum(hint.yearly || []) / 12;
    return some ? Math.floor(income / (1 + members.length) + 0.5) : null;
  }

  /* --- proof of work: SHA-256 of "token:number" that begins with so many zero bits --- */
  var PRIMES = [], START = [];
  (function () {
    function root(n, power) { return (Math.pow(n, power) % 1) * 4294967296 | 0; }
    for (var n = 2; PRIMES.length < 64; n++) {
      for (var d = 2; d * d <= n && n % d; d++) { /* look for a divisor */ }
      if (d * d > n) { if (START.length < 8) { START.push(root(n, 1 / 2)); } PRIMES.push(root(n, 1 / 3)); }
    }
  })();
  function sha256(text) {
    var words = [], state = START.slice(), w = [], i, at, length = text.length;
    for (i = 0; i < length; i++) { words[i >> 2] |= text.charCodeAt(i) << (24 - (i % 4) * 8); }
    words[length >> 2] |= 128 << (24 - (length % 4) * 8);
    var last = ((length + 8) >> 6 << 4) + 15;
    words[last] = length * 8;
    function turn(x, n) { return (x >>> n) | (x << (32 - n)); }
    for (at = 0; at <= last; at += 16) {
      var s = state.slice();
      for (i = 0; i < 64; i++) {
        if (i < 16) { w[i] = words[at + i] | 0; } else {
          var a = w[i - 15], b = w[i - 2];
          w[i] = ((turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10)) + w[i - 16]) | 0;
        }
        var one = (s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + PRIMES[i] + w[i]) | 0;
        var two = ((turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]))) | 0;
        s = [(one + two) | 0, s[0], s[1], s[2], (s[3] + one) | 0, s[4], s[5], s[6]];
      }
      for (i = 0; i < 8; i++) { state[i] = (state[i] + s[i]) | 0; }
    }
    return state;
  }
  function work(form) {
    var token = form.getAttribute("data-token"), bits = +form.getAttribute("data-bits"), field = form.elements.proof, number = 0;
    if (!bits || !field || field.value) { return; }
    (function some() {
      for (var end = number + 400; number < end; number++) {
        if (!(sha256(token + ":" + number)[0] >>> (32 - bits))) { field.value = String(number); return; }
      }
      setTimeout(some, 10);
    })();
  }

  window.forms = { holds: holds, workOut: workOut, sha256: sha256 };

  /* --- small parts --- */
  function each(list, act) { Array.prototype.forEach.call(list, act); }
  function all(what, within) { return Array.prototype.slice.call((within || doc).querySelectorAll(what)); }
  function add(parent, tag, css, text) {
    var node = doc.createElement(tag);
    if (css) { node.className = css; }
    if (text) { node.appendChild(doc.createTextNode(text)); }
    return parent.appendChild(node);
  }
  function remove(node) { if (node && node.parentNode) { node.parentNode.removeChild(node); } }
  function keep(name, value) { try { localStorage.setItem(name, value); return true; } catch (e) { return false; } }
  function kept(name) { try { return localStorage.getItem(name); } catch (e) { return null; } }
  function forget(name) { try { localStorage.removeItem(name); } catch (e) { /* storage is off: nothing was kept */ } }

  /* a page that the browser kept in memory is not shown to whoever comes next */
  var receipt = doc.querySelector("[data-receipt]"), opened = doc.querySelector(".big-status");
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { location.replace(receipt || opened ? "/status/" : location.pathname.replace(/(check|receipt)$/, "")); }
  });
  all("[data-leave]").forEach(function (link) {
    link.addEventListener("click", function (event) { event.preventDefault(); location.replace(link.href); });
  });
  if (receipt) { forget("draft:" + receipt.getAttribute("data-receipt")); }
  all("form").forEach(function (form) {
    if (form.hasAttribute("data-token")) { work(form); }
    form.addEventListener("submit", function (event) {
      var button = form.querySelector("[data-send]");
      if (event.defaultPrevented || !button) { return; }
      button.textContent = "正在交……";
    });
  });
  var summary = doc.querySelector("[role=alert][tabindex]");
  if (summary) { summary.focus(); }

  var form = doc.querySelector(".apply-form");
  if (!form) { return; }
  var name = form.getAttribute("data-form"), draftKey = "draft:" + name, plain = form.classList.contains("brief");

  /* --- what has been answered --- */
  function wrappers(within) {
    return all("[data-name]", within).filter(function (one) {
      var row = one.parentNode.closest(".row-of");
      return row === (within.classList.contains("row-of") ? within : null);
    });
  }
  function answerOf(one) {
    var type = one.getAttribute("data-type"), inputs = all("input, select, textarea", one), values = [];
    if (type === "group") { return all(".row-of", one).map(function (row) { return answersIn(row, {}).own; }); }
    if (type === "file") { return all(".up input[type=hidden]", one).filter(function (i) { return i.name !== "names"; }).map(function (i) { return i.value; }); }
    inputs.forEach(function (i) { if (i.name !== "confirm" && (!/radio|checkbox/.test(i.type) || i.checked)) { values.push(i.value); } });
    if (type === "choices") { return values; }
    var value = values.length ? values[0].trim() : "";
    if (type === "yes_no" || type === "consent") { return value === "yes" ? true : value === "no" ? false : ""; }
    if (type === "money" || type === "number") { var number = parseFloat(value.replace(/[,，\s]/g, "")); return isNaN(number) ? "" : number; }
    return value;
  }
  /* answers of what is shown, in order, hiding on the way what its condition hides */
  function answersIn(within, around) {
    var own = {};
    wrappers(within).forEach(function (one) {
      var condition = one.getAttribute("data-show"), seen = Object.assign ? Object.assign({}, around, own) : merge(around, own);
      var shown = !condition || holds(JSON.parse(condition), seen);
      if (one.hidden === shown) { one.hidden = !shown; }
      if (!shown) { return; }
      if (one.getAttribute("data-type") === "group") {
        own[one.getAttribute("data-name")] = all(".row-of", one).map(function (row) { return answersIn(row, seen).own; });
      } else {
        var value = answerOf(one);
        if (value !== "") { own[one.getAttribute("data-name")] = value; }
      }
    });
    return { own: own };
  }
  function merge(one, two) {
    var both = {};
    [one, two].forEach(function (from) { Object.keys(from).forEach(function (key) { both[key] = from[key]; }); });
    return both;
  }
  function refresh() {
    var answers = answersIn(form, {}).own;
    all("[data-computed]", form).forEach(function (node) {
      var hint = JSON.parse(node.getAttribute("data-computed")), value = workOut(hint, answers);
      var text = value === null ? "" : (value <= hint.amount ? hint.below : hint.above);
      text = text.replace(/\{value\}/g, value).replace(/\{line\}/g, hint.amount).replace(/\{since\}/g, hint.since);
      node.hidden = !text;
      if (node.textContent !== text) { node.textContent = text; }
    });
    if (stepline) { markSteps(); }
  }

  /* --- faults that can be told at once --- */
  function idFault(text) {
    var id = text.replace(/[\s-]/g, "").toUpperCase(), sum = 0;
    if (/^[A-Z]{3}\d{12}$/.test(id)) { return ""; }
    if (id.length !== 18) { return "现在是" + id.length + "位。请输入18位身份证件号码，最后一位可能是 X。"; }
    if (!/^\d{17}[\dX]$/.test(id)) { return "身份证件号码只有数字，最后一位可能是 X。请对照证件再核对一遍。"; }
    [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2].forEach(function (weight, i) { sum += weight * id.charAt(i); });
    return "10X98765432".charAt(sum % 11) === id.charAt(17) ? "" : "这个号码里有一位不对。请对照证件，从头到尾再核对一遍。";
  }
  function findFault(one, empty) {
    var type = one.getAttribute("data-type"), value = answerOf(one), label = one.querySelector("legend, label:not(.choice), .choice div");
    var words = label ? (label.firstChild.textContent || "").trim() : "";
    if (value === "" || (Array.isArray(value) && !value.length) || (type === "consent" && value !== true)) {
      if (type === "file" && one.querySelector(".up progress")) { return empty ? "还在传，请等传完再往下走。" : ""; }
      var raw = one.querySelector("input.inp");
      if ((type === "money" || type === "number") && raw && raw.value.trim()) { return "这里只能写数字，例如 4200。"; }
      if (!empty || !one.hasAttribute("data-need")) { return ""; }
      if (type === "consent") { return "请勾选“" + words + "”，才能继续。"; }
      if (type === "file") { return one.querySelector("input[type=file]").value ? "" : "请上传“" + words + "”。"; }
      if (type === "yes_no") { return "请选“是”或“否”：" + words + "。"; }
      return /choice|region|union|ethnicity|education|political/.test(type) ? "请选一项：" + words + "。" : "请填写“" + words + "”。";
    }
    if (type === "mobile" && !/^(\+?86)?1[3-9]\d{9}$/.test(String(value).replace(/[\s-]/g, ""))) { return "请输入11位手机号码，以1开头。"; }
    return type === "resident_id" ? idFault(String(value)) : "";
  }
  function showFault(one, text) {
    var old = one.querySelector(".msg"), control = one.querySelector(".inp, input, textarea"), id = one.id.slice(2) + "-e";
    if (!control || one.getAttribute("data-type") === "group") { return; }
    if (old && old.closest("[data-name]") === one) { remove(old); }
    one.classList[text ? "add" : "remove"]("bad");
    var ids = (control.getAttribute("aria-describedby") || "").split(" ").filter(function (word) { return word && word !== id; });
    if (text) {
      var before = one.querySelector("legend") || (one.getAttribute("data-type") === "consent" ? null : one.querySelector("label"));
      var node = doc.createElement("p");
      node.className = "msg"; node.id = id; node.appendChild(doc.createTextNode(text));
      var told = all(".hint, .help", one).filter(function (h) { return h.closest("[data-name]") === one && h.parentNode === one; }).pop() || before;
      one.insertBefore(node, told ? told.nextSibling : one.firstChild);
      ids.push(id);
    }
    if (ids.length) { control.setAttribute("aria-describedby", ids.join(" ")); } else { control.removeAttribute("aria-describedby"); }
    all("input, select, textarea", one).forEach(function (i) { if (text) { i.setAttribute("aria-invalid", "true"); } else { i.removeAttribute("aria-invalid"); } });
  }
  form.addEventListener("change", function (event) {
    var input = event.target, one = input.closest("[data-name]");
    if (/radio|checkbox|select/.test(input.type)) { refresh(); }
    /* later: a press on a button takes the focus from a field first, and the button must not move under the finger */
    setTimeout(function () {
      refresh();
      if (one && input.type !== "file" && (one.classList.contains("bad") || input.value)) { showFault(one, findFault(one, false)); }
      save();
    }, 350);
  });
  var waiting;
  form.addEventListener("input", function () { clearTimeout(waiting); waiting = setTimeout(function () { refresh(); save(); }, 400); });

  /* --- one step at a time --- */
  var parts = all(".part", form), stepline = plain ? null : form.querySelector(".stepline"), step = 0;
  var next = form.querySelector("[data-next]"), back = form.querySelector("[data-back]");
  function isShown(part) { return wrappers(part).some(function (one) { return !one.hidden; }) || all("[data-name]", part).some(function (one) { return !one.hidden; }); }
  function markSteps() {
    each(stepline.children, function (item, i) {
      item.className = i < step ? "done" : i === step ? "now" : "";
      if (i === step) { item.setAttribute("aria-current", "step"); } else { item.removeAttribute("aria-current"); }
    });
  }
  function show(number, quiet) {
    step = Math.max(0, Math.min(number, parts.length - 1));
    parts.forEach(function (part, i) { part.hidden = i !== step; });
    form.querySelector(".privacy").hidden = step > 0;
    next.textContent = step === parts.length - 1 ? "下一步：核对" : "下一步";
    back.hidden = step === 0;
    markSteps();
    if (quiet) { return; }
    parts[step].querySelector("h2").focus();
    form.querySelector(".stepline").scrollIntoView();
  }
  function go(number) {
    show(number);
    if (history.pushState) { history.pushState({ step: step }, ""); }
  }
  function partOf(node) { return parts.indexOf(node.closest(".part")); }
  function mend(part) {
    var bad = all("[data-name]", part).filter(function (one) {
      if (one.hidden || one.parentNode.closest("[data-name][hidden]") || one.getAttribute("data-type") === "group") { return false; }
      var fault = findFault(one, true);
      showFault(one, fault);
      return !!fault;
    });
    if (bad.length) { bad[0].querySelector("input:not([type=hidden]), select, textarea").focus(); bad[0].scrollIntoView(); }
    return !bad.length;
  }
  if (stepline) {
    form.addEventListener("submit", function (event) {
      var by = event.submitter || doc.activeElement;
      if (by && by.name === "keep" && form.querySelector(".up progress")) {
        event.preventDefault();
        saved.textContent = "还有文件在传。请等传完，再点“存草稿”。";
        return;
      }
      if (by && by.name && by.name !== "next") { return; }
      if (!mend(parts[step])) { event.preventDefault(); return; }
      if (step < parts.length - 1) { event.preventDefault(); go(step + 1); }
    });
    back.addEventListener("click", function () { if (history.state && history.state.step) { history.back(); } else { show(step - 1); } });
    window.addEventListener("popstate", function (event) { show(event.state && event.state.step || 0); });
    all(".note.err a[href^='#f-']").forEach(function (link) {
      link.addEventListener("click", function (event) {
        var target = doc.getElementById(link.getAttribute("href").slice(1));
        event.preventDefault();
        show(partOf(target), true);
        target.scrollIntoView();
        (target.querySelector("input:not([type=hidden]), select, textarea") || target).focus();
      });
    });
  }

  /* --- rows of a group --- */
  function renumber(group) {
    all(".row-of", group).forEach(function (row, i) { row.querySelector(".row-h i").textContent = i + 1; });
    var rows = group.querySelector(".rows");
    group.querySelector("[data-more]").hidden = rows.children.length >= +rows.getAttribute("data-most");
  }
  function addRow(group) {
    var rows = group.querySelector(".rows"), number = 0, holder = doc.createElement("div");
    all(".row-of [name]", group).forEach(function (i) { var found = /-(\d+)-/.exec(i.name); if (found) { number = Math.max(number, +found[1] + 1); } });
    holder.innerHTML = group.querySelector("template").innerHTML.replace(/__row__/g, number).replace(/__number__/g, number + 1);
    var row = rows.appendChild(holder.firstElementChild);
    renumber(group); refresh();
    return row;
  }
  form.addEventListener("click", function (event) {
    var more = event.target.closest("[data-more]"), less = event.target.closest("[data-less]");
    if (!more && !less) { return; }
    event.preventDefault();
    var group = event.target.closest("[data-type=group]");
    if (more) { addRow(group).querySelector("input, select").focus(); }
    else { remove(less.closest(".row-of")); renumber(group); refresh(); save(); group.querySelector("[data-more]").focus(); }
  });

  /* --- a draft on this device, without the numbers of papers and cards; it goes after 30 days, or when the form is sent --- */
  var bar = form.querySelector(".draft-bar"), saved = form.querySelector(".saved"), never = form.querySelector("[data-draft=never]");
  var NOT_KEPT = "resident_id bank_account file consent", MONTH = 30 * 864e5;
  function isKept(input) {
    var one = input.closest("[data-name]");
    return one && input.type !== "file" && input.type !== "hidden" && NOT_KEPT.indexOf(one.getAttribute("data-type")) < 0;
  }
  function save() {
    if (plain || kept("draft:never") || (bar && !bar.hidden)) { return; }
    var values = [];
    each(form.elements, function (i) { if (i.name && isKept(i) && (!/radio|checkbox/.test(i.type) || i.checked) && i.value) { values.push([i.name, i.value]); } });
    if (!values.length || !keep(draftKey, JSON.stringify({ at: Date.now(), values: values }))) { return; }
    var now = new Date();
    saved.textContent = "草稿已在 " + now.getHours() + ":" + ("0" + now.getMinutes()).slice(-2) + " 存在这台设备上（不含证件号、卡号和照片），保留 30 天。";
    never.hidden = false;
  }
  function take(draft) {
    draft.values.forEach(function (pair) {
      var found = /^(\w+)-(\d+)-/.exec(pair[0]), group = found && doc.getElementById("f-" + found[1]);
      while (group && !form.querySelector("[name='" + pair[0] + "']") && addRow(group)) { if (all(".row-of", group).length > 30) { break; } }
      all("[name='" + pair[0] + "']", form).forEach(function (i) {
        if (/radio|checkbox/.test(i.type)) { if (i.value === pair[1]) { i.checked = true; } } else { i.value = pair[1]; }
      });
    });
    refresh();
  }
  function offerDraft() {
    var draft = null;
    try { draft = JSON.parse(kept(draftKey)); } catch (e) { /* not ours, or cut off: as if there were none */ }
    if (!draft || Date.now() - draft.at > MONTH || summary || +form.getAttribute("data-step")) { return; }
    var when = new Date(draft.at);
    bar.querySelector("p").textContent = "这台设备上有一份 " + (when.getMonth() + 1) + "月" + when.getDate() + "日没填完的草稿。是您填的吗？";
    bar.hidden = false;
    bar.querySelector("[data-draft=take]").addEventListener("click", function () { bar.hidden = true; take(draft); save(); });
    bar.querySelector("[data-draft=drop]").addEventListener("click", function () { bar.hidden = true; forget(draftKey); });
  }
  if (!plain) {
    never.addEventListener("click", function () { forget(draftKey); keep("draft:never", "1"); saved.textContent = "不再保存草稿，已经存的也删了。"; never.hidden = true; });
  }

  /* --- uploads: one by one, made smaller, with progress; a broken one goes on where it stopped --- */
  var PIECE = 512 * 1024, SIDE = 2400, SMALL = 1.2e6;
  function shrink(file, done) {
    if (!/^image\/(jpeg|png|webp)/.test(file.type) || file.size < SMALL || !window.URL || !HTMLCanvasElement.prototype.toBlob) { done(file); return; }
    var picture = new Image(), address = URL.createObjectURL(file);
    picture.onerror = function () { URL.revokeObjectURL(address); done(file); };
    picture.onload = function () {
      var scale = Math.min(1, SIDE / Math.max(picture.width, picture.height)), canvas = doc.createElement("canvas");
      canvas.width = Math.round(picture.width * scale); canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      URL.revokeObjectURL(address);
      canvas.toBlob(function (blob) { done(blob && blob.size < file.size ? blob : file); }, "image/jpeg", 0.85);
    };
    picture.src = address;
  }
  function ask(method, address, headers, body, done, progress) {
    var request = new XMLHttpRequest();
    request.open(method, address);
    Object.keys(headers).forEach(function (key) { request.setRequestHeader(key, headers[key]); });
    if (progress && request.upload) { request.upload.onprogress = function (event) { progress(event.loaded); }; }
    request.onload = function () { var said = {}; try { said = JSON.parse(request.responseText); } catch (e) { /* no JSON: the status tells */ } done(request.status, said); };
    request.onerror = function () { done(0, {}); };
    request.send(body);
    return request;
  }
  var JSONS = { "Content-Type": "application/json" };
  function complaint(status, said) {
    return said.error ? said.error.message : status ? "这份没有传上，请换一份再试" : "网络断了，请点“重传”";
  }
  function Upload(one, file) {
    this.one = one; this.file = file; this.id = null; this.tries = 0; this.stopped = false;
    this.row = add(one.querySelector(".ups"), "div", "up");
    add(this.row, "b", "", file.name);
    this.button = add(this.row, "button", "link", "取消");
    this.button.type = "button";
    this.bar = add(this.row, "progress");
    this.bar.max = 100; this.bar.value = 0; this.bar.setAttribute("aria-label", "上传进度：" + file.name);
    this.said = add(this.row, "span", "s", "正在准备");
    this.said.setAttribute("role", "status");
    var self = this;
    this.button.addEventListener("click", function () { if (self.failed) { self.again(); } else { self.cancel(); } });
  }
  Upload.prototype.start = function () {
    var self = this;
    shrink(this.file, function (blob) {
      self.blob = blob;
      if (blob.size > +self.one.getAttribute("data-mb") * 1024 * 1024) { self.fail("这份太大了，请拍小一点或者分成几份"); return; }
      var about = { form: form.getAttribute("data-files") || name, field: self.one.getAttribute("data-name") };
      ask("POST", "/uploads/", JSONS, JSON.stringify(about), function (status, said) {
        if (status === 201) { self.id = said.id; self.secret = said.secret; self.push(0); return; }
        self.fail(complaint(status, said));
      });
    });
  };
  Upload.prototype.push = function (offset) {
    var self = this, size = this.blob.size;
    if (this.stopped) { return; }
    function tell(sent) {
      var share = Math.min(99, Math.round(100 * (offset + sent) / size));
      self.bar.value = share; self.said.textContent = "正在传，" + share + "%";
    }
    this.request = ask("PATCH", "/uploads/" + this.id, { "Content-Type": "application/octet-stream", "Upload-Offset": String(offset), "Upload-Secret": this.secret }, this.blob.slice(offset, offset + PIECE), function (status, said) {
      if (status === 200) { self.tries = 0; self.next(said.received); return; }
      if (status >= 400 && status < 500 && status !== 409) { self.fail(complaint(status, said)); return; }
      self.later(function () { self.resume(); });
    }, tell);
  };
  Upload.prototype.resume = function () {
    var self = this;
    ask("GET", "/uploads/" + this.id, { "Upload-Secret": this.secret }, null, function (status, said) {
      if (status === 200) { self.next(said.received); } else { self.later(function () { self.resume(); }); }
    });
  };
  Upload.prototype.later = function (again) {
    if (this.tries++ < 5) { setTimeout(again, 600 * this.tries); } else { this.fail("网络断了，请点“重传”"); }
  };
  Upload.prototype.next = function (received) {
    if (received < this.blob.size) { this.push(received); } else { this.seal(); }
  };
  Upload.prototype.seal = function () {
    var self = this, type = this.blob.type || this.file.type, called = this.file.name;
    if (this.blob !== this.file) { called = called.replace(/\.[^.]*$/, "") + ".jpg"; }
    this.said.textContent = "正在检查";
    ask("POST", "/uploads/" + this.id + "/finish", { "Content-Type": "application/json", "Upload-Secret": this.secret }, JSON.stringify({ name: called, type: type }), function (status, said) {
      if (status === 201) { self.finish(); } else if (status >= 400 && status < 500 && status !== 409) { self.fail(complaint(status, said)); } else { self.later(function () { self.seal(); }); }
    });
  };
  Upload.prototype.finish = function () {
    remove(this.bar);
    this.said.innerHTML = "";
    add(this.said, "span", "st ok", "已传好");
    this.button.textContent = "删除";
    var held = add(this.row, "input"), called = add(this.row, "input");
    held.type = called.type = "hidden";
    held.name = this.one.getAttribute("data-name"); held.value = this.id;
    called.name = "names"; called.value = this.id + " " + this.file.name;
    showFault(this.one, "");
  };
  Upload.prototype.fail = function (text) {
    this.failed = true;
    remove(this.bar);
    this.said.textContent = "";
    add(this.said, "span", "msg", text);
    this.button.textContent = "重传";
  };
  Upload.prototype.again = function () { remove(this.row); var other = new Upload(this.one, this.file); other.start(); };
  Upload.prototype.cancel = function () {
    this.stopped = true;
    if (this.request) { this.request.abort(); }
    if (this.id) { ask("DELETE", "/uploads/" + this.id, { "Upload-Secret": this.secret }, null, function () { /* what is left is swept later */ }); }
    remove(this.row);
  };
  all("[data-type=file]", form).forEach(function (one) {
    var input = one.querySelector("input[type=file]");
    all(".up", one).forEach(function (row) {
      var box = row.querySelector("label"), button = doc.createElement("button");
      button.type = "button"; button.className = "link"; button.textContent = "删除";
      button.addEventListener("click", function () { remove(row); });
      row.replaceChild(button, box);
    });
    input.addEventListener("change", function () {
      var room = +one.getAttribute("data-max") - all(".up", one).length, files = Array.prototype.slice.call(input.files);
      if (files.length > room) { showFault(one, "最多传" + one.getAttribute("data-max") + "份，多出来的没有传。"); }
      files.slice(0, Math.max(0, room)).forEach(function (file) { new Upload(one, file).start(); });
      input.value = "";
    });
  });

  /* --- begin --- */
  refresh();
  if (stepline) {
    var bad = form.querySelector(".field.bad");
    if (history.replaceState) { history.replaceState({ step: bad ? partOf(bad) : +form.getAttribute("data-step") }, ""); }
    show(bad ? partOf(bad) : +form.getAttribute("data-step"), true);
    offerDraft();
  }
})(document);
