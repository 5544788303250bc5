// Keys for staff who work with the keyboard: lists are walked with j and k, the next step of a case is chosen by its number.
// Everything can be done without this script; a key that is typed into a field stays there. Who is disturbed by single keys
// (they speak to the computer, or lean on the keyboard) turns them off; the browser keeps that (WCAG 2.1.4).
"use strict";
(() => {
  const all = (what, root = document) => [...root.querySelectorAll(what)];
  const rows = () => all("table.grid-t tbody tr").filter(row => row.querySelector(".id a"));
  const typing = at => at.matches("input:not([type=checkbox]):not([type=radio]), select, textarea");

  const walk = step => {
    const list = rows();
    const now = list.findIndex(row => row.contains(document.activeElement));
    const next = list[Math.min(Math.max(now + step, 0), list.length - 1)];
    if (next) next.querySelector(".id a").focus();
  };
  const tick = () => {
    const row = rows().find(one => one.contains(document.activeElement));
    const box = row && row.querySelector("input[type=checkbox]");
    if (box) box.checked = !box.checked;
  };
  const choose = number => {
    const step = all(".decide > details")[number - 1];
    if (!step) return;
    step.open = true;
    const first = step.querySelector("select, input:not([type=hidden]), textarea, button");
    (first || step.querySelector("summary")).focus();
  };
  const press = what => { const found = document.querySelector(what); if (found) found.click(); };

  const keys = {
    j: () => walk(1), k: () => walk(-1), x: tick, u: () => press(".crumb a"),
    "/": () => { const box = document.querySelector("input[type=search]"); if (box) box.focus(); },
  };
  let off = false;
  try { off = localStorage.getItem("keys") === "off"; } catch { /* a browser that keeps nothing */ }
  const line = document.querySelector(".keys");
  if (line) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    const tell = () => { button.textContent = off ? "打开快捷键" : "关掉快捷键"; };
    button.addEventListener("click", () => {
      off = !off;
      try { localStorage.setItem("keys", off ? "off" : "on"); } catch { /* it holds until the page is left */ }
      tell();
    });
    tell();
    line.append("　", button);
    line.hidden = false;
  }
  document.addEventListener("keydown", event => {
    if (off || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    const act = keys[event.key] || (/^[1-9]$/.test(event.key) && (() => choose(Number(event.key))));
    if (act) { event.preventDefault(); act(); }
  });
})();
