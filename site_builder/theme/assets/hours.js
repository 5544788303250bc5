/* 现在开放: what a place's usual hours mean at this moment in China (UTC+8, no summer time). Plain ES5; the page says the hours without it. */
(function (doc) {
  var DAY = 1440, WEEK = 7 * DAY, NAMES = "一二三四五六日";
  function pad(number) { return (number < 10 ? "0" : "") + number; }
  function clock(minute) { minute %= DAY; return Math.floor(minute / 60) + ":" + pad(minute % 60); }
  function now() {
    var china = new Date(Date.now() + 8 * 3600000);
    return ((china.getUTCDay() + 6) % 7) * DAY + china.getUTCHours() * 60 + china.getUTCMinutes();
  }
  function day(minute, today) {
    var ahead = Math.floor(minute / DAY) - today;
    return ahead === 0 ? "今天" : ahead === 1 ? "明天" : "周" + NAMES.charAt(Math.floor(minute / DAY) % 7);
  }
  function judge(spans, minute) {
    var end = -1, next = Infinity, always = 0;
    spans.forEach(function (span) {
      if (span[1] === 0 && span[2] === DAY) { always += 1; }
      [-WEEK, 0, WEEK].forEach(function (week) {
        var start = span[0] * DAY + span[1] + week, stop = span[0] * DAY + span[2] + week;
        if (start <= minute && minute < stop) { end = Math.max(end, stop); }
        if (start > minute) { next = Math.min(next, start); }
      });
    });
    if (always === 7) { return ["ok", "现在开放，全天不关门"]; }
    if (end > 0) { return ["ok", "现在开放，到" + (clock(end) === "0:00" ? "24:00" : clock(end))]; }
    return ["end", "现在没开" + (next < Infinity ? "，" + day(next, Math.floor(minute / DAY)) + clock(next) + "开门" : "")];
  }
  function show() {
    var minute = now();
    Array.prototype.forEach.call(doc.querySelectorAll("[data-hours]"), function (place) {
      var data = JSON.parse(place.getAttribute("data-hours")), found = judge(data[0], minute);
      var state = place.querySelector(".st") || place.appendChild(doc.createElement("span"));
      state.className = "st " + found[0];
      state.textContent = found[1];
      place.title = "按平常的钟点算，节假日以现场为准" + (data[1] ? "；另有说明，以文字为准" : "");
      place.hidden = false;
    });
  }
  show();
  setInterval(show, 60000);
})(document);
