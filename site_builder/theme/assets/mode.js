/* Runs before first paint: html gets `js` and the reader's chosen modes (elder, hc, dark, light). */
(function (html) {
  var chosen = "";
  try { chosen = localStorage.getItem("modes") || ""; } catch (e) { /* storage is off: the reader's own settings decide */ }
  var known = chosen.split(" ").filter(function (word) { return /^(elder|hc|dark|light)$/.test(word); });
  html.className = [html.className, "js"].concat(known).join(" ").trim();
})(document.documentElement);
