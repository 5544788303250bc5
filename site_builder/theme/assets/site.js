/* Small comforts for readers whose browser runs script; every page works without it. Plain ES5 for old phones. */
(function (doc) {
  var html = doc.documentElement;
  function each(list, act) { Array.prototype.forEach.call(list, act); }
  function all(what, act) { each(doc.querySelectorAll(what), act); }
  function prefers(what) { return !!window.matchMedia && matchMedia(what).matches; }

  /* --- modes: large type, high contrast, dark --- */
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
    var kept = ["elder", "hc", "dark", "light"].filter(has).join(" ");
    try { localStorage.setItem("modes", kept); } catch (e) { /* storage is off: the choice holds for this page */ }
    showModes();
  }
  all("[data-mode]", function (button) {
    button.addEventListener("click", function () { switchMode(button.getAttribute("data-mode")); });
  });
  showModes();

  /* --- print, share, copy --- */
  function copied(button) {
    var word = button.querySelector("span") || button;
    word.textContent = "已复制";
    setTimeout(function () { word.textContent = "复制"; }, 2000);
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

  /* --- contents and facets stand open beside the text, also where CSS cannot do it --- */
  if (prefers("(min-width: 900px)")) { all(".toc, .facets details", function (one) { one.open = true; }); }

  /* --- search over titles and numbers: an exact part of the normalised text --- */
  function plain(text) {
    text = text.normalize ? text.normalize("NFKC") : text;
    return text.toLowerCase().replace(/[\[【(<﹝「《]/g, "〔").replace(/[\]】)>﹞」》]/g, "〕").replace(/[\s·,，。、“”"'：:]/g, "");
  }
  function add(parent, tag, css, text) {
    var node = doc.createElement(tag);
    if (css) { node.className = css; }
    if (text) { node.appendChild(doc.createTextNode(text)); }
    return parent.appendChild(node);
  }
  var FIRST = { "办事指南": 2, "政策文件": 2, "政策解读": 1, "通知公告": 1 };
  function rate(row, words) {
    var title = plain(row[0]), number = plain(row[1]), rest = plain(row[2]), score = 0;
    for (var i = 0; i < words.length; i += 1) {
      var word = words[i], at = title.indexOf(word);
      if (number && number.indexOf(word) >= 0) { score += 8; }
      else if (at >= 0) { score += at === 0 ? 5 : 4; }
      else if (rest.indexOf(word) >= 0) { score += 1; }
      else { return 0; }
    }
    return (score + (FIRST[row[4]] || 0)) * (row[5] === "end" ? 0.5 : 1);
  }
  function showHit(box, row, root) {
    var article = add(box, "article", row[5] === "end" ? "doc gone" : "doc"), meta = add(article, "div", "meta");
    if (row[6]) { add(meta, "span", "st " + row[5], row[6]); }
    add(meta, "span", "", row[4]);
    add(add(article, "h2"), "a", "", row[0]).href = root + row[3];
    var side = add(article, "div", "meta side");
    if (row[1]) { add(side, "span", "", row[1]); }
    if (row[7]) { add(side, "time", "", row[7]); }
  }
  function search(rows, query) {
    var words = query.split(/\s+/).map(plain).filter(Boolean), hits = doc.getElementById("hits"), box = hits.querySelector(".found");
    var found = rows.map(function (row, at) { return { row: row, at: at, score: words.length ? rate(row, words) : 0 }; })
      .filter(function (hit) { return hit.score > 0; })
      .sort(function (a, b) { return b.score - a.score || (b.row[7] > a.row[7] ? 1 : b.row[7] < a.row[7] ? -1 : a.at - b.at); });
    box.textContent = "";
    hits.hidden = !words.length;
    doc.getElementById("map").hidden = words.length > 0 && found.length > 0;
    hits.querySelector("[role=status]").textContent = found.length ? "“" + query + "”找到 " + found.length + " 件" + (found.length > 50 ? "，列出前 50 件" : "") : "没有找到“" + query + "”";
    found.slice(0, 50).forEach(function (hit) { showHit(box, hit.row, doc.body.getAttribute("data-root")); });
  }
  function startSearch(hits) {
    var field = doc.getElementById("q"), rows = null, match = /[?&]q=([^&]*)/.exec(location.search), request = new XMLHttpRequest();
    function run() { if (rows) { search(rows, field.value.trim()); } }
    function asked() { return field.value.trim() ? "?q=" + encodeURIComponent(field.value.trim()) : location.pathname; }
    field.value = match ? decodeURIComponent(match[1].replace(/\+/g, " ")) : "";
    request.open("GET", hits.getAttribute("data-titles"));
    request.onload = function () { rows = JSON.parse(request.responseText); run(); };
    request.onerror = function () { hits.hidden = false; hits.querySelector("[role=status]").textContent = "网络不通，没能搜索。请稍后再试，或者拨打热线。"; };
    request.send();
    field.addEventListener("input", run);
    field.form.addEventListener("submit", function (event) { event.preventDefault(); if (history.replaceState) { history.replaceState(null, "", asked()); } run(); });
  }
  all("#hits", startSearch);
})(document);
