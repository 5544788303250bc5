/* Small comforts for readers whose browser runs script; every page works without it. Plain ES5 for old phones. */
(function (doc) {
  var html = doc.documentElement;
  function each(list, act) { Array.prototype.forEach.call(list, act); }
  function all(what, act) { each(doc.querySelectorAll(what), act); }
  function add(parent, tag, css, text) {
    var node = doc.createElement(tag);
    if (css) { node.className = css; }
    if (text) { node.appendChild(doc.createTextNode(text)); }
    return parent.appendChild(node);
  }
  function prefers(what) { return !!window.matchMedia && matchMedia(what).matches; }

  /* --- modes: large type, larger still, high contrast, dark --- */
  function has(mode) { return html.classList.contains(mode); }
  function isOn(mode) {
    if (mode !== "dark") { return has(mode) || (mode === "hc" && !has("dark") && prefers("(prefers-contrast: more)")); }
    return has("dark") || (!has("light") && !has("hc") && prefers("(prefers-color-scheme: dark)"));
  }
  function showModes() {
    all("[data-mode]", function (button) { button.setAttribute("aria-pressed", String(isOn(button.getAttribute("data-mode")))); });
  }
  function switchMode(mode) {
    var on = !isOn(mode);
    html.classList[on ? "add" : "remove"](mode);
    if (mode === "dark") { html.classList[on ? "remove" : "add"]("light"); if (on) { html.classList.remove("hc"); } }
    if (mode === "hc" && on) { html.classList.remove("dark"); }
    var kept = ["elder", "big", "hc", "dark", "light"].filter(has).join(" ");
    try { localStorage.setItem("modes", kept); } catch (e) { /* storage is off: the choice holds for this page */ }
    showModes();
  }
  all("[data-mode]", function (button) {
    button.addEventListener("click", function () { switchMode(button.getAttribute("data-mode")); });
  });
  showModes();

  /* --- print, share, copy --- */
  function copied(button) {
    var word = button.querySelector("span") || button, before = word.textContent;
    if (before === "已复制") { return; }
    word.textContent = "已复制";
    setTimeout(function () { word.textContent = before; }, 2000);
  }
  function copyText(text, done) {
    if (navigator.clipboard && navigator.clipboard.writeText) { navigator.clipboard.writeText(text).then(done); return; }
    var area = doc.createElement("textarea");
    area.value = text;
    doc.body.appendChild(area);
    area.select();
    if (doc.execCommand("copy")) { done(); }
    doc.body.removeChild(area);
  }
  var acts = {
    print: function () { window.print(); },
    share: function () { navigator.share({ title: doc.title, url: location.href }).catch(function () { /* the reader closed it */ }); },
    copy: function (button) {
      copyText(button.parentNode.getAttribute("data-cite") + location.href, function () { copied(button); });
    }
  };
  all("[data-do]", function (button) {
    var name = button.getAttribute("data-do");
    if (name === "share" && !navigator.share) { button.parentNode.removeChild(button); return; }
    button.addEventListener("click", function () { acts[name](button); });
  });

  /* --- the clause that the address names: its link, its citation, what changed in it --- */
  var menu = null;
  function addButton(label, text) {
    var button = add(menu, "button", "", label);
    button.type = "button";
    button.addEventListener("click", function () { copyText(text, function () { copied(button); }); });
  }
  function offerClause() {
    var id = location.hash.slice(1), clause = id && doc.getElementById(id), mark = clause && clause.querySelector(".anc");
    var tools = doc.querySelector(".tools[data-cite]"), text = doc.querySelector("article.gongwen");
    if (menu) { menu.parentNode.removeChild(menu); menu = null; }
    if (!mark || !tools || !text || mark.getAttribute("href") !== "#" + id) { return; }
    menu = doc.createElement("div");
    menu.className = "clause-menu";
    menu.setAttribute("role", "group");
    menu.setAttribute("aria-label", mark.getAttribute("aria-label"));
    addButton("复制本条链接", location.href);
    addButton("复制引用", tools.getAttribute("data-cite") + mark.getAttribute("aria-label").replace(/^本节|的链接$/g, ""));
    var changed = " " + (text.getAttribute("data-changed") || "") + " ";
    while (id && changed.indexOf(" " + id + " ") < 0) { id = id.replace(/-?[^-]*$/, ""); }
    if (id) { add(menu, "a", "", "看这一条改了什么").href = text.getAttribute("data-redline") + "#" + id; }
    clause.parentNode.insertBefore(menu, clause.nextSibling);
  }
  window.addEventListener("hashchange", offerClause);
  offerClause();

  /* --- what holds today in China, so that a page built yesterday tells the truth. Days are YYYY-MM-DD and compare as text.
         What a page says only ever moves on: a device whose clock is behind changes nothing. --- */
  var SAID = { pending: ["尚未施行", "warn"], effective: ["现行有效", "ok"], amended: ["已被修改", "warn"], expiring: ["即将失效", "warn"], expired: ["已失效", "end"], repealed: ["已废止", "end"] };
  var PHASES = Object.keys(SAID), STATES = ["before", "open", "over"];
  function dayOf(moment) { return new Date(moment + 8 * 36e5).toISOString().slice(0, 10); }
  function daysTo(end, day) { return Math.round((Date.parse(end) - Date.parse(day)) / 864e5); }
  function phaseOn(v, day) {
    if (v.repealed ? day >= v.repealed : v.state === "repealed") { return "repealed"; }
    if (v.until ? day > v.until : v.state === "expired") { return "expired"; }
    if (v.from && day < v.from) { return "pending"; }
    if (v.until && daysTo(v.until, day) <= 60) { return "expiring"; }
    if (v.amended ? day >= v.amended : v.state === "amended") { return "amended"; }
    return v.state || v.from || v.until ? "effective" : "unknown";
  }
  function periodOn(start, end, day) { return day < start ? "before" : day <= end ? "open" : "over"; }
  window.validity = { phaseOn: phaseOn, periodOn: periodOn, daysTo: daysTo, dayOf: dayOf };

  var today = dayOf(Date.now());
  function inWords(day) { return +day.slice(5, 7) + "月" + +day.slice(8) + "日"; }
  function showPhase(node) {
    var v = { state: node.getAttribute("data-valid") }, now;
    ["from", "until", "amended", "repealed"].forEach(function (name) { v[name] = node.getAttribute("data-" + name); });
    now = phaseOn(v, today);
    if (PHASES.map(function (one) { return SAID[one][0]; }).indexOf(node.textContent.split(" ")[0]) >= PHASES.indexOf(now)) { return; }
    node.textContent = SAID[now][0] + (now === "expiring" ? " · " + inWords(v.until) : "");
    node.className = "st " + SAID[now][1];
  }
  function showDays(node, state, end) {
    var number = node.querySelector("b"), left = daysTo(end, today);
    if (state === "open" && !(+number.textContent <= left)) { number.textContent = left; number.nextSibling.textContent = left ? "天后截止" : "今天截止"; node.className = "days"; }
    if (state === "over") { number.textContent = "结束"; number.nextSibling.textContent = inWords(end); node.className = "days off"; }
  }
  function showPeriod(node) {
    var end = node.getAttribute("data-end"), words = node.getAttribute("data-words"), state = periodOn(node.getAttribute("data-start"), end, today), at = STATES.indexOf(state);
    if (node.hasAttribute("data-while")) { if (state !== node.getAttribute("data-while")) { node.parentNode.removeChild(node); } return; }
    if (!words) { showDays(node, state, end); return; }
    if (words.split(",").indexOf(node.textContent) < at) {
      node.textContent = words.split(",")[at];
      node.className = "st " + ["none", node.getAttribute("data-css"), "end"][at];
    }
  }
  all("template[data-turn]", function (turn) {
    var old = doc.querySelector("[data-at=" + turn.getAttribute("data-place") + "]");
    if (turn.content && old && turn.getAttribute("data-turn") <= today) { old.parentNode.replaceChild(doc.importNode(turn.content, true), old); }
  });
  all("[data-valid]", showPhase);
  all("[data-start]", showPeriod);
  all("[data-left]", function (node) {
    var left = daysTo(node.getAttribute("data-left"), today);
    if (left >= 0 && left < parseInt(node.textContent.replace(/\D/g, ""), 10)) { node.textContent = left ? "还有 " + left + " 天" : "今天截止"; }
  });
  all("[data-printed]", function (node) {
    var word = doc.querySelector("[data-at=standing] b");
    node.textContent = "，" + today.slice(0, 4) + "年" + inWords(today) + "打印" + (word ? "，当时" + word.textContent : "");
  });

  /* --- contents and facets stand open beside the text, also where CSS cannot do it --- */
  if (prefers("(min-width: 900px)")) { all(".toc, .facets details", function (one) { one.open = true; }); }
})(document);
