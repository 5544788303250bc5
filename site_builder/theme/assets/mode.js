/* Runs before first paint: html gets `js`, `speaks` where the device can read aloud, and the reader's chosen modes. */
(function (html) {
  var chosen = "", found = [html.className, "js"];
  try { chosen = localStorage.getItem("modes") || ""; } catch (e) { /* storage is off: the reader's own settings decide */ }
  if (window.speechSynthesis && window.SpeechSynthesisUtterance) { found.push("speaks"); }
  found = found.concat(chosen.split(" ").filter(function (word) { return /^(elder|big|hc|dark|light)$/.test(word); }));
  html.className = found.join(" ").trim();
})(document.documentElement);
