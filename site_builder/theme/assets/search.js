/* The search page; find.js does the finding. */
(function (doc) {
  "use strict";
  var hits = doc.getElementById("hits"), field = doc.getElementById("q"), root = doc.body.getAttribute("data-root");
  if (!hits || !field || !window.Promise || !window.TextDecoder || !window.Uint16Array) { return; }
  var status = hits.querySelector("[role=status]"), list = hits.querySelector(".found"), types = hits.querySelector(".types");
  var panel = hits.querySelector(".facets"), note = hits.querySelector(".said"), onward = hits.querySelector("[data-more]");
  var map = doc.getElementById("map"), hotline = hits.getAttribute("data-hotline");
  var FACETS = { type: "类型", year: "年份", issuer: "发布机构", validity: "有效性", topic: "主题" };
  var KEYS = Object.keys(FACETS), SHOWN = 12;
  var worker = null, state = read(), asked = 0, timer = 0, composing = false, apart = false, paging = false;

  /* --- the address --- */
  function read() {
    var told = { q: "", chosen: {} };
    location.search.slice(1).split("&").forEach(function (pair) {
      var cut = pair.split("="), name = cut[0], value = "";
      try { value = decodeURIComponent((cut[1] || "").replace(/\+/g, " ")); } catch (e) { /* a broken address asks for nothing */ }
      if (name === "q") { told.q = value; } else if (FACETS[name] && value) { told.chosen[name] = value; }
    });
    return told;
  }
  function write(q, chosen) {
    var pairs = q ? ["q=" + encodeURIComponent(q)] : [];
    KEYS.forEach(function (name) { if (chosen[name]) { pairs.push(name + "=" + encodeURIComponent(chosen[name])); } });
    return location.pathname + (pairs.length ? "?" + pairs.join("&") : "");
  }

  /* --- drawing --- */
  function add(parent, tag, css, text) {
    var node = doc.createElement(tag);
    if (css) { node.className = css; }
    if (text) { node.appendChild(doc.createTextNode(text)); }
    return parent.appendChild(node);
  }
  function addMarked(parent, pieces) {
    pieces.forEach(function (piece, i) {
      if (piece) { if (i % 2) { add(parent, "mark", "", piece); } else { parent.appendChild(doc.createTextNode(piece)); } }
    });
  }
  function drawItem(item) {
    var article, meta, link, snippet = item.snippet, anchor = snippet && snippet.anchor && item.level ? "#" + encodeURIComponent(snippet.anchor) : "";
    if (item.apart && !apart) { apart = true; add(list, "h2", "apart", "词语分开出现"); }
    article = add(list, "div", item.css === "end" ? "doc gone" : "doc");
    meta = add(article, "div", "meta");
    if (item.word) { add(meta, "span", "st " + item.css, item.word); }
    add(meta, "span", "", item.kind + (snippet && snippet.label ? " · " + snippet.label : ""));
    link = add(add(article, apart ? "h3" : "h2"), "a");
    addMarked(link, item.marked || [item.title]);
    link.href = root + item.url;
    article.setAttribute("data-url", link.pathname);
    link.href += anchor;
    if (snippet) { addMarked(add(article, "p"), snippet.text); }
    meta = add(article, "div", "meta side");
    if (item.number) { add(meta, "span", "", item.number); }
    if (item.day) { add(meta, "time", "", item.day).setAttribute("datetime", item.day); }
    return link;
  }
  function drawLink(parent, name, value, count) {
    var chosen = {}, link = add(parent, "a", "", value || "全部"), here = (state.chosen[name] || "") === (value || "");
    KEYS.forEach(function (key) { chosen[key] = key === name ? value : state.chosen[key]; });
    link.href = write(state.q, chosen);
    if (here) { link.setAttribute("aria-current", "true"); }
    if (count !== undefined) { add(link, parent === types ? "small" : "em", "", (parent === types ? " " : "") + count); }
    link.addEventListener("click", function (event) {
      event.preventDefault();
      state.chosen = chosen;
      go(true);
    });
  }
  function drawFacets(told) {
    types.textContent = panel.textContent = "";
    KEYS.forEach(function (name) {
      var rows = told[name], box, group;
      if (rows.length < 2 && !state.chosen[name]) { return; }
      if (name === "type") { box = types; } else {
        group = add(panel, "details");
        add(add(group, "summary", "", FACETS[name]), "span", "", state.chosen[name] || "");
        group.open = !!state.chosen[name] || !!window.matchMedia && matchMedia("(min-width: 900px)").matches;
        box = add(group, "ul");
      }
      [[""]].concat(rows.slice(0, SHOWN)).forEach(function (row) { drawLink(box === types ? box : add(box, "li"), name, row[0], row[1]); });
    });
    types.hidden = !types.firstChild;
  }
  function say(text, also) {
    status.textContent = text;
    note.textContent = "";
    if (also) { add(note, "p", "", also); }
  }
  function clear() { list.textContent = ""; apart = false; onward.hidden = true; }
  function settle(kind, total) {
    list.setAttribute("data-state", kind);
    list.setAttribute("aria-busy", kind === "busy");
    if (total !== undefined) { list.setAttribute("data-total", total); }
  }

  /* --- what the finder tells --- */
  var on = {
    titles: function (told) {
      clear();
      told.items.forEach(drawItem);
      status.textContent = "正在核对 " + told.total + " 条…";
    },
    done: function (told) {
      var first = null, quoted = /[“"「]/.test(state.q) ? state.q : "“" + state.q + "”", found = told.total || told.items.length;
      if (!told.more) { clear(); }
      told.items.forEach(function (item) { var link = drawItem(item); first = first || link; });
      settle("done", told.total);
      map.hidden = found > 0;
      status.nextElementSibling.hidden = !found;
      if (!told.more) {
        if (!found) { types.textContent = panel.textContent = ""; types.hidden = true; }
        say(found ? quoted + "找到" + (told.about ? "约 " : " ") + found + " 条" : "没有找到" + quoted,
          !found ? "试过：" + told.tried.join("、") + "。繁体、全角和数字写法都换过。" + (told.missing.length ? "全站没有“" + told.missing.join("”“") + "”。" : "") :
            told.loose ? "没有一字不差的，下面按“" + told.words.join("”“") + "”分开找。" : "");
      } else if (first) { first.focus(); }
      onward.hidden = !(told.left || told.weak);
      onward.textContent = told.left ? "再看 " + Math.min(10, told.left) + " 条" : "再看词语分开出现的 " + told.weak + " 条";
    },
    near: function (told) {
      var box;
      if (!told.terms.length) { return; }
      box = add(note, "div", "words");
      add(box, "span", "muted", "换个说法");
      told.terms.forEach(function (term) { add(box, "a", "", term).href = write(term, {}); });
    },
    facets: function (told) { drawFacets(told.facets); },
    error: function () {
      clear();
      settle("error", 0);
      say("网络不通，没能搜索。请稍后再试，或者拨打 " + hotline + "。");
    }
  };
  /* --- asking --- */
  function receive(told) { if (told.id === asked && on[told.kind]) { told.more = paging; on[told.kind](told); } }
  function send(message) {
    if (worker) { worker.postMessage(message); } else if (window.siteFind) { window.siteFind.run(message, receive); }
  }
  function go(push) {
    var address = write(state.q, state.chosen);
    clearTimeout(timer);
    if (history.pushState && address !== location.pathname + location.search) { history[push ? "pushState" : "replaceState"](null, "", address); }
    asked += 1;
    paging = false;
    hits.hidden = !state.q;
    if (!state.q) { map.hidden = false; status.textContent = ""; settle("idle", 0); return; }
    settle("busy");
    status.textContent = "正在查找…";
    send({ id: asked, text: state.q, chosen: state.chosen });
  }
  function typed(push) {
    var q = field.value.trim();
    if (q === state.q && !push) { return; }
    if (q !== state.q) { state = { q: q, chosen: {} }; }
    go(push);
  }
  function move(event) {
    var links = Array.prototype.slice.call(list.querySelectorAll(".doc a")), at = links.indexOf(doc.activeElement), step = { 40: 1, 38: -1 }[event.keyCode];
    if (!step || !links.length || composing || at < 0 && (doc.activeElement !== field || step < 0)) { return; }
    event.preventDefault();
    (links[at + step] || (at + step < 0 ? field : links[at])).focus();
  }
  function start() {
    var base = doc.createElement("a");
    base.href = root + "search/data/";
    send({ base: base.href, version: hits.getAttribute("data-version") });
    field.value = state.q;
    field.addEventListener("input", function () { if (!composing) { clearTimeout(timer); timer = setTimeout(typed, 250); } });
    field.addEventListener("compositionstart", function () { composing = true; });
    field.addEventListener("compositionend", function () { composing = false; clearTimeout(timer); timer = setTimeout(typed, 250); });
    field.form.addEventListener("submit", function (event) { event.preventDefault(); typed(true); });
    onward.addEventListener("click", function () { paging = true; send({ id: asked, more: true }); });
    doc.addEventListener("keydown", move);
    window.addEventListener("popstate", function () { state = read(); field.value = state.q; go(false); });
    if (state.q) { go(false); }
  }
  function startHere() {
    var script = doc.createElement("script");
    worker = null;
    script.src = hits.getAttribute("data-find");
    script.onload = start;
    doc.head.appendChild(script);
  }
  try {
    worker = new Worker(hits.getAttribute("data-find"));
    worker.onmessage = function (event) { receive(event.data); };
    worker.onerror = function () { if (!asked) { startHere(); } };
    start();
  } catch (e) { startHere(); }
})(document);
