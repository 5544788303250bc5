/* 朗读: reads the page aloud with the device's own voice, sentence by sentence. Nothing is said before the reader asks.
   Pausing is stopping and starting the sentence again, because phones do not pause reliably. Plain ES5 for old phones. */
(function (doc) {
  var html = doc.documentElement, speech = window.speechSynthesis;
  var start = doc.querySelector("[data-read]");
  if (!start || !speech || !window.SpeechSynthesisUtterance) { return; }

  var BLOCKS = "h1, h2, h3, h4, p, li, dt, dd, tr, summary, figcaption, caption, .valid, .tile, .hon, .num, .lead > a";
  var SILENT = "nav, form, aside, .tools, .anc, .vh, svg, script, noscript, [aria-hidden=true], [hidden]";
  var RATES = [["常速", 1], ["快速", 1.3], ["慢速", 0.75]];
  var NO_VOICE = "这台设备没有中文语音，不能朗读。请在系统设置的“语音”或“文字转语音”里装上中文语音，再来试试。";
  var NO_SOUND = "语音没有响应。请检查这台设备的语音设置，或者换一个浏览器再试。";
  var lines = [], at = 0, turn = 0, rate = 0, playing = false, bar = null, parts = {}, lit = null, watch = 0;

  /* --- what there is to read --- */
  function each(list, act) { Array.prototype.forEach.call(list, act); }
  function isShown(node) {
    var fold = node.parentNode.closest && node.parentNode.closest("details:not([open])");
    return node.getClientRects().length > 0 && (!fold || fold.contains(node.closest("summary")));
  }
  function matches(node, what) { return (node.matches || node.webkitMatchesSelector).call(node, what); }
  function isSilent(node, top) {
    for (; node && node !== top; node = node.parentNode) { if (matches(node, SILENT)) { return true; } }
    return false;
  }
  /* The words of a block without the blocks inside it, which have a turn of their own; of a `whole` one all words. */
  function wordsOf(node, whole) {
    var text = "";
    each(node.childNodes, function (child) {
      if (child.nodeType === 3) { text += child.nodeValue; return; }
      if (child.nodeType !== 1 || matches(child, SILENT) || !isShown(child)) { return; }
      if (!whole && matches(child, BLOCKS)) { return; }
      var stop = child.tagName === "BR" || !/^inline/.test(getComputedStyle(child).display) ? "，" : "";
      text += stop + wordsOf(child, whole) + stop;
    });
    return text;
  }
  function sentences(text) {
    text = text.replace(/\s+/g, " ").replace(/[，\s]*，[，\s]*/g, "，").replace(/^[，\s]+|[，\s]+$/g, "").replace(/([。：；！？、（《])，|，(?=[。；！？、）》])/g, "$1");
    return (text.match(/[^。！？；]+[。！？；”）]*/g) || []).filter(function (one) { return /[0-9A-Za-z\u3400-\u9fff]/.test(one); });
  }
  function collect() {
    var main = doc.getElementById("main"), text = main.querySelector("article.gongwen, article.leaf"), found = [];
    function take(node) {
      if (!isShown(node) || isSilent(node, main)) { return; }
      if (!matches(node, ".valid") && node.parentNode.closest && node.parentNode.closest("tr, .valid")) { return; }
      sentences(wordsOf(node, matches(node, ".valid, tr"))).forEach(function (said) { found.push({ node: node, said: said }); });
    }
    each(main.querySelectorAll("h1"), take);
    if (text) {
      each(main.querySelectorAll(".valid, .pol-head .no, .byline, .lede, .gist h2, .gist li"), take);
      each(text.querySelectorAll(BLOCKS), take);
    } else {
      each(main.querySelectorAll(BLOCKS), function (node) { if (node.tagName !== "H1") { take(node); } });
    }
    return found;
  }

  /* --- the bar, which stands at the foot of the screen while it is wanted --- */
  function say(words) { parts.state.textContent = words; }
  function button(name, label, act) {
    var made = parts[name] = doc.createElement("button");
    made.type = "button";
    made.textContent = label;
    made.addEventListener("click", act);
    bar.lastChild.appendChild(made);
  }
  function build() {
    bar = doc.createElement("section");
    bar.className = "readbar";
    bar.setAttribute("aria-label", "朗读");
    parts.state = bar.appendChild(doc.createElement("p"));
    parts.state.setAttribute("role", "status");
    bar.appendChild(doc.createElement("div"));
    button("hold", "暂停", function () { if (playing) { pause(); } else { play(); } });
    button("back", "上一段", function () { step(-1); });
    button("on", "下一段", function () { step(1); });
    button("rate", "", changeRate);
    button("stop", "停止", function () { stop(true); });
    bar.addEventListener("keydown", function (event) { if (event.key === "Escape" || event.key === "Esc") { stop(true); } });
    doc.body.appendChild(bar);
  }
  function showRate() {
    parts.rate.textContent = RATES[rate][0];
    parts.rate.setAttribute("aria-label", RATES[rate][0] + "，按一下换语速");
  }
  function light(node) {
    if (lit) { lit.classList.remove("is-read"); }
    lit = node;
    if (!node) { return; }
    node.classList.add("is-read");
    var box = node.getBoundingClientRect(), foot = bar.getBoundingClientRect().top;
    if (box.top < 0 || box.bottom > foot) { node.scrollIntoView({ block: box.height > foot ? "start" : "center" }); }
  }

  /* --- speaking --- */
  function pickVoice(voices) {
    var chinese = voices.filter(function (voice) { return /^(zh|cmn)/i.test(voice.lang); });
    function nearness(voice) { return (/(zh|cmn)[-_](Hans[-_])?CN/i.test(voice.lang) ? 2 : 0) + (voice.localService ? 1 : 0); }
    return chinese.sort(function (a, b) { return nearness(b) - nearness(a); })[0] || null;
  }
  function hush() {
    turn += 1;
    clearTimeout(watch);
    speech.cancel();
  }
  function fail(words) {
    hush();
    playing = false;
    light(null);
    parts.hold.textContent = "再试";
    say(words);
  }
  function speak() {
    if (at >= lines.length) { finish(); return; }
    var mine = turn, voices = speech.getVoices(), voice = pickVoice(voices);
    if (voices.length && !voice) { fail(NO_VOICE); return; }
    var saying = new SpeechSynthesisUtterance(lines[at].said);
    saying.lang = voice ? voice.lang : "zh-CN";
    if (voice) { saying.voice = voice; }
    saying.rate = RATES[rate][1];
    function heard() { clearTimeout(watch); }
    saying.onstart = saying.onboundary = function () { if (mine === turn) { heard(); } };
    saying.onend = function () { if (mine === turn) { heard(); at += 1; speak(); } };
    saying.onerror = function () { if (mine === turn) { fail(voices.length ? NO_SOUND : NO_VOICE); } };
    light(lines[at].node);
    watch = setTimeout(function () { if (mine === turn) { fail(voices.length ? NO_SOUND : NO_VOICE); } }, 8000);
    speech.speak(saying);
  }
  function play() {
    hush();
    playing = true;
    parts.hold.textContent = "暂停";
    say("正在朗读");
    speak();
  }
  function pause() {
    hush();
    playing = false;
    parts.hold.textContent = "继续";
    say("已暂停");
  }
  function step(way) {
    var node = lines[at] && lines[at].node;
    if (way > 0) { while (at < lines.length - 1 && lines[at].node === node) { at += 1; } }
    if (way < 0) {
      while (at > 0 && lines[at].node === node) { at -= 1; }
      while (at > 0 && lines[at - 1].node === lines[at].node) { at -= 1; }
    }
    play();
  }
  function changeRate() {
    rate = (rate + 1) % RATES.length;
    try { localStorage.setItem("rate", String(rate)); } catch (e) { /* storage is off: the choice holds for this page */ }
    showRate();
    if (playing) { play(); }
  }
  function finish() {
    at = 0;
    playing = false;
    light(null);
    parts.hold.textContent = "重读";
    say("读完了");
  }
  function stop(back) {
    var inside = bar.contains(doc.activeElement);
    hush();
    playing = false;
    light(null);
    at = 0;
    html.classList.remove("reading");
    start.setAttribute("aria-pressed", "false");
    if (back && inside) { start.focus(); }
  }

  speech.getVoices(); /* some browsers look for their voices only when first asked */
  start.setAttribute("aria-pressed", "false");
  start.addEventListener("click", function () {
    if (html.classList.contains("reading")) { stop(false); return; }
    if (!bar) { build(); }
    try { rate = Number(localStorage.getItem("rate")) % RATES.length || 0; } catch (e) { rate = 0; }
    showRate();
    html.classList.add("reading");
    start.setAttribute("aria-pressed", "true");
    lines = collect();
    at = 0;
    parts.hold.focus({ preventScroll: true });
    play();
  });
  window.addEventListener("pagehide", function () { speech.cancel(); });
})(document);
