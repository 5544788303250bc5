/* The search itself; docs/search.md tells of files and order. */
(function (scope) {
  "use strict";
  var PAGE = 10, LIMIT = 16, WINDOW = 32, CHECKS = 3, COUNTS = 48;
  var FACETS = ["type", "year", "issuer", "validity", "topic"];
  var base = "", version = "", files = {}, opened = null, meta = null, query = null;

  /* --- bytes --- */
  var ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
  function tree(lengths) {
    var counts = new Uint16Array(16), offsets = new Uint16Array(16), symbols = new Uint16Array(lengths.length), i;
    for (i = 0; i < lengths.length; i += 1) { counts[lengths[i]] += 1; }
    counts[0] = 0;
    for (i = 1; i < 16; i += 1) { offsets[i] = offsets[i - 1] + counts[i - 1]; }
    for (i = 0; i < lengths.length; i += 1) { if (lengths[i]) { symbols[offsets[lengths[i]]++] = i; } }
    return { counts: counts, symbols: symbols };
  }
  function repeat(list, value, times) { while (times > 0) { list.push(value); times -= 1; } return list; }
  function inflate(source) {
    var out = new Uint8Array(new Reader(source).word()), size = 0, at = 4, held = 0, count = 0, last, kind;
    function bits(need) {
      var value;
      while (count < need) { held |= source[at++] << count; count += 8; }
      value = held & ((1 << need) - 1);
      held >>>= need;
      count -= need;
      return value;
    }
    function symbol(code) {
      var value = 0, first = 0, index = 0, length, many;
      for (length = 1; length < 16; length += 1) {
        value |= bits(1);
        many = code.counts[length];
        if (value - many < first) { return code.symbols[index + value - first]; }
        index += many;
        first = (first + many) << 1;
        value <<= 1;
      }
      throw new Error("damaged");
    }
    function stored() {
      var length;
      held = count = 0;
      length = source[at] | source[at + 1] << 8;
      at += 4;
      out.set(source.subarray(at, at + length), size);
      at += length;
      size += length;
    }
    function trees() {
      var literals = bits(5) + 257, distances = bits(5) + 1, many = bits(4) + 4, lengths = repeat([], 0, 19), code, i, s;
      for (i = 0; i < many; i += 1) { lengths[ORDER[i]] = bits(3); }
      code = tree(lengths);
      lengths = [];
      while (lengths.length < literals + distances) {
        s = symbol(code);
        if (s < 16) { lengths.push(s); }
        else if (s === 16) { repeat(lengths, lengths[lengths.length - 1], 3 + bits(2)); }
        else { repeat(lengths, 0, s === 17 ? 3 + bits(3) : 11 + bits(7)); }
      }
      return [tree(lengths.slice(0, literals)), tree(lengths.slice(literals))];
    }
    function block(pair) {
      var s = symbol(pair[0]), length, extra, distance;
      while (s !== 256) {
        if (s < 256) { out[size++] = s; }
        else {
          s -= 257;
          extra = s < 8 ? 0 : (s >> 2) - 1;
          length = s > 27 ? 258 : 3 + (s < 8 ? s : (4 + (s & 3)) << extra) + bits(extra);
          s = symbol(pair[1]);
          extra = s < 2 ? 0 : (s >> 1) - 1;
          distance = (s < 2 ? s : (2 + (s & 1)) << extra) + 1 + bits(extra);
          while (length) { out[size] = out[size - distance]; size += 1; length -= 1; }
        }
        s = symbol(pair[0]);
      }
    }
    do {
      last = bits(1);
      kind = bits(2);
      if (kind === 0) { stored(); }
      else if (kind === 1) {
        block([tree(repeat(repeat(repeat(repeat([], 8, 144), 9, 112), 7, 24), 8, 8)), tree(repeat([], 5, 30))]);
      } else { block(trees()); }
    } while (!last);
    return out;
  }
  function decode(bytes) { return new TextDecoder("gb18030").decode(bytes); }
  function Reader(bytes) { this.bytes = bytes; this.at = 0; }
  Reader.prototype.word = function () {
    var b = this.bytes, a = this.at;
    this.at += 4;
    return (b[a] | b[a + 1] << 8 | b[a + 2] << 16 | b[a + 3] << 24) >>> 0;
  };
  Reader.prototype.varint = function () {
    var value = 0, shift = 1, byte;
    do { byte = this.bytes[this.at++]; value += (byte & 127) * shift; shift *= 128; } while (byte > 127);
    return value;
  };

  /* --- files --- */
  function place(kind, number) {
    return kind + "/" + ("0" + (number >> 8).toString(16)).slice(-2) + "/" + ("0" + (number & 255).toString(16)).slice(-2);
  }
  function load(name, read) {
    if (!files[name]) {
      files[name] = new Promise(function (done, fail) {
        var request = new XMLHttpRequest();
        request.open("GET", base + name + ".bin?v=" + version);
        request.responseType = "arraybuffer";
        request.onload = function () {
          if (request.status !== 200) { fail(new Error(String(request.status))); return; }
          try { done((read || inflate)(new Uint8Array(request.response))); } catch (e) { fail(e); }
        };
        request.onerror = function () { fail(new Error("network")); };
        request.send();
      });
      files[name].catch(function () { delete files[name]; });
    }
    return files[name];
  }
  function readText(bytes) {
    var text = decode(inflate(bytes)), end = text.indexOf("\n");
    if (end) { addFolds(text.slice(0, end)); }
    return text.slice(end + 1).split("\n");
  }
  function readShard(bytes) {
    var reader = new Reader(bytes), blocks = [], size;
    while (reader.at < bytes.length) {
      size = reader.word();
      blocks.push(size && inflate(bytes.subarray(reader.at, reader.at + size)));
      reader.at += size;
    }
    return blocks;
  }
  function loadJson(name) { return load(name).then(function (bytes) { return JSON.parse(decode(bytes)); }); }
  function open() {
    opened = opened || loadJson("meta").then(function (told) {
      var unit = 0, late = 0, older = 0, i, code, body = told.counts.length - told.older.length;
      meta = told;
      meta.docs = meta.counts.length;
      meta.first = new Uint32Array(meta.docs + 1);
      meta.ended = new Uint8Array(meta.docs);
      for (i = 0; i < meta.docs; i += 1) {
        code = meta.counts.charCodeAt(i) - COUNTS;
        meta.first[i] = unit;
        meta.ended[i] = code & 1;
        unit += code >> 1;
      }
      meta.first[meta.docs] = meta.units = unit;
      meta.times = [];
      meta.age = [];
      for (i = 0; meta.times.length < meta.docs;) {
        if (older + meta.older[late] === i) { older = i; meta.times.push(body + late++); } else { meta.times.push(i++); }
      }
      meta.times.forEach(function (doc, time) { meta.age[doc] = time; });
      i = 0;
      meta.groups = told.groups.map(function (group) {
        var made = { folder: group[0], bits: group[1], segments: group[2], doc: i };
        group[2].forEach(function (docs) { i += docs; });
        return made;
      });
    });
    opened.catch(function () { opened = null; });
    return opened;
  }

  /* --- normalising: as in normalising.py --- */
  var KEPT = /[0-9a-z\u00df-\u00f6\u00f8-\u024f\u0370-\u03ff\u0400-\u052f\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff.\ud800-\udfff]/;
  var folds = {}, folded = {};
  function addFolds(pairs) {
    for (var i = 0; i < pairs.length; i += 2) { folds[pairs.charAt(i)] = pairs.charAt(i + 1); }
    folded = {};
  }
  function foldCharacter(character) {
    var plain = "", text = character, i, one;
    if (/[\ud800-\udfff]/.test(character)) { return character; }
    if (character === "\u25cb" || character === "\u25ef") { text = "\u3007"; }
    text = text.normalize("NFKC").toLowerCase();
    for (i = 0; i < text.length; i += 1) {
      one = text.charAt(i);
      if (KEPT.test(one)) { plain += folds[one] || one; }
    }
    return plain;
  }
  function fold(text) {
    var units = [], at = [], kept = "", where = [], i, j, plain, one;
    for (i = 0; i < text.length; i += 1) {
      one = text.charAt(i);
      plain = folded.hasOwnProperty(one) ? folded[one] : (folded[one] = foldCharacter(one));
      for (j = 0; j < plain.length; j += 1) { units.push(plain.charAt(j)); at.push(i); }
    }
    for (i = 0; i < units.length; i += 1) {
      if (units[i] !== "." || /^\d\d$/.test(units[i - 1] + units[i + 1])) {
        kept += units[i];
        where.push(at[i]);
      }
    }
    return { text: kept, at: where };
  }
  function unique(list) { return list.filter(function (one, i) { return list.indexOf(one) === i; }); }
  function normalise(text) { return fold(text).text; }

  var NUMERALS = "〇一二三四五六七八九", PLACES = ["", "十", "百", "千"];
  function toHan(digits) {
    var out = "", i, digit;
    for (i = 0; i < digits.length; i += 1) {
      digit = +digits.charAt(i);
      if (digit) { out += NUMERALS.charAt(digit) + PLACES[digits.length - 1 - i]; }
      else if (out && out.slice(-1) !== "零") { out += "零"; }
    }
    return out.replace(/零$/, "").replace(/^一十/, "十") || "零";
  }
  function fromHan(han) {
    var total = 0, digit = 0, i, value, rank;
    for (i = 0; i < han.length; i += 1) {
      value = NUMERALS.indexOf(han.charAt(i).replace("零", "〇"));
      rank = PLACES.indexOf(han.charAt(i));
      if (rank > 0) { total += (digit || 1) * Math.pow(10, rank); digit = 0; } else { digit = value; }
    }
    return String(total + digit);
  }
  function vary(word) {
    return unique([word, word.replace(/第([1-9]\d{0,3})(?=[编章节条款项届次号])/g, function (_, digits) { return "第" + toHan(digits); }),
      word.replace(/第([零一二三四五六七八九十百千]{1,7})(?=[编章节条款项届次号])/g, function (_, han) { return "第" + fromHan(han); })]);
  }

  /* --- queries --- */
  function parse(text) {
    var words = [], pattern = /[“"「『《]([^”"」』》]+)[”"」』》]?|[^\s，。、；;,“"「『《]+/g, match;
    while ((match = pattern.exec(text))) { words.push({ text: match[1] || match[0], exact: match[1] !== undefined }); }
    return words.slice(0, 12);
  }
  function prepare(words) {
    var out = [];
    words.forEach(function (word) {
      var plain = normalise(word.text).slice(0, 256), forms = word.exact ? [plain] : vary(plain), at;
      if (plain && plain.length <= WINDOW) { out.push({ text: word.text, exact: word.exact, plain: plain, forms: forms }); }
      for (at = 0; plain.length > WINDOW && at < plain.length; at += WINDOW) { out.push(wordOf(plain.substr(Math.min(at, plain.length - WINDOW), WINDOW))); }
    });
    return out;
  }
  function wordOf(plain) { return { text: plain, exact: true, plain: plain, forms: [plain] }; }
  function grams(text) {
    var keys = [], i;
    if (text.length === 1) { return [text.charCodeAt(0)]; }
    for (i = 0; i + 1 < text.length; i += 1) { keys.push((text.charCodeAt(i) | text.charCodeAt(i + 1) << 16) >>> 0); }
    return unique(keys);
  }
  function mix(key) { return Math.imul(key, 0x9E3779B1) >>> 0; }
  function hash(text) {
    var value = 0x811C9DC5 | 0, i;
    for (i = 0; i < text.length; i += 1) { value = Math.imul(value ^ text.charCodeAt(i), 0x01000193); }
    return value >>> 0;
  }
  function shardOf(group, key) { return group.folder + place("keys", mix(key) >>> 32 - group.bits); }
  function groups() { return meta.groups.filter(function (group) { return group.segments.length; }); }

  /* --- postings --- */
  function readBlock(reader, low, give) {
    var count = reader.varint(), at = 0, total = 0, found = null, end, size;
    for (; count; count -= 1) {
      at += reader.varint();
      size = reader.varint();
      if (at === low) { found = [total, size >> 1, size & 1]; }
      total += size >> 1;
    }
    total += reader.at;
    if (found) {
      reader.at += found[0];
      end = reader.at + found[1];
      if (found[2]) { readBits(reader.bytes.subarray(reader.at, end), give); }
      else { for (at = -1; reader.at < end;) { at += reader.varint() + 1; give(at); } }
    }
    reader.at = total;
  }
  function readBits(bytes, give) {
    var i, bit;
    for (i = 0; i < bytes.length; i += 1) {
      for (bit = 0; bit < 8; bit += 1) { if (bytes[i] >> bit & 1) { give(i * 8 + bit); } }
    }
  }
  function readKey(group, blocks, key, giveUnit, giveTitle, giveWhole) {
    var low = (mix(key) << group.bits) >>> group.bits, doc = group.doc;
    blocks.forEach(function (block, i) {
      var reader, count;
      if (block) {
        reader = new Reader(block);
        readBlock(reader, low, function (number) { giveUnit(meta.first[doc] + number); });
        readBlock(reader, low, function (number) { giveTitle(doc + number); });
        for (count = reader.varint(); count; count -= 1) { giveWhole(reader.word(), doc + reader.varint()); }
      }
      doc += group.segments[i];
    });
  }
  function mark(text, shards, marks) {
    var keys = grams(text), units = new Uint16Array(meta.units), titles = new Uint16Array(meta.docs), value = hash(text), any = false, own = text.length > 1 ? grams(text.substr(value % (text.length - 1), 2))[0] : keys[0], doc, unit;
    keys.forEach(function (key) {
      groups().forEach(function (group) {
        readKey(group, shards[shardOf(group, key)], key, function (at) { units[at] += 1; }, function (at) { titles[at] += 1; },
          function (of, at) { if (key === own && of === value) { marks.whole[at] = 1; } });
      });
    });
    for (doc = 0; doc < meta.docs; doc += 1) {
      if (titles[doc] === keys.length) { marks.titles[doc] = 1; }
      for (unit = meta.first[doc]; unit < meta.first[doc + 1]; unit += 1) {
        if (units[unit] === keys.length) { marks.units[unit] = 1; marks.docs[doc] = any = true; }
      }
    }
    return any;
  }
  function emptyMarks() { return { units: [], docs: [], titles: [], whole: [] }; }
  function loadShards(words) {
    var names = {}, shards = {};
    words.forEach(function (word) {
      word.forms.forEach(function (form) {
        grams(form).forEach(function (key) { groups().forEach(function (group) { names[shardOf(group, key)] = true; }); });
      });
    });
    return Promise.all(Object.keys(names).map(function (name) {
      return load(name, readShard).then(function (blocks) { shards[name] = blocks; });
    })).then(function () { return shards; });
  }
  function look(words) {
    return loadShards(words).then(function (shards) {
      words.forEach(function (word) {
        word.marks = emptyMarks();
        word.found = word.forms.map(function (form) { return mark(form, shards, word.marks); }).some(Boolean);
      });
      return shards;
    });
  }
  function flat(lists) { return [].concat.apply([], lists); }
  function ignore() { /* not asked for */ }
  /* Cut a word that stands nowhere into the longest pieces that stand. */
  function loosen(word, shards) {
    var pieces = [];
    word.plain.split(/(第[0-9零一二三四五六七八九十百千]+[编章节条款])/).forEach(function (rest) {
      var size;
      while (rest.length > 1) {
        for (size = Math.min(rest.length, WINDOW); size > 1 && !mark(rest.slice(0, size), shards, emptyMarks());) { size -= 1; }
        if (size > 1) { pieces.push(rest.slice(0, size)); }
        rest = rest.slice(size);
      }
    });
    return pieces.map(function (piece) { var made = wordOf(piece); made.forms = vary(piece); return made; });
  }

  /* --- candidates --- */
  function isNear(words, doc) {
    for (var unit = meta.first[doc]; unit < meta.first[doc + 1]; unit += 1) {
      if (words.every(function (word) { return word.marks.units[unit]; })) { return true; }
    }
    return false;
  }
  function rank(words) {
    var shelves = [[], [], [], [], [], [], [], []], doc, level, time;
    function has(kind) { return words.every(function (word) { return word.marks[kind][doc]; }); }
    for (time = meta.docs - 1; time >= 0; time -= 1) {
      doc = meta.times[time];
      if (has("docs")) {
        level = has("whole") ? 0 : has("titles") ? 1 : words.length === 1 || isNear(words, doc) ? 2 : 3;
        shelves[level * 2 + meta.ended[doc]].push(doc);
      }
    }
    return flat(shelves);
  }

  function loadFacets() {
    return load("facets").then(function (bytes) {
      var reader = new Reader(bytes), size = reader.word(), told = JSON.parse(decode(bytes.subarray(4, 4 + size))), at = 4 + size;
      told.columns = FACETS.map(function (facet) {
        var wide = told.names[facet].length > 255, column = new Uint16Array(told.entries), i;
        for (i = 0; i < told.entries; i += 1) { column[i] = bytes[at + i] | (wide ? bytes[at + told.entries + i] << 8 : 0); }
        at += told.entries * (wide ? 2 : 1);
        return column;
      });
      told.values = FACETS.map(function (facet) {
        return [[]].concat(told.names[facet].map(function (name) {
          return facet === "topic" ? name.split(",").map(function (i) { return told.topics[+i]; }) : [name];
        }));
      });
      return told;
    });
  }
  function fits(facets, chosen, doc, but) {
    return FACETS.every(function (facet, i) {
      return i === but || !chosen[facet] || facets.values[i][facets.columns[i][doc]].indexOf(chosen[facet]) >= 0;
    });
  }
  function countFacets(facets, chosen, docs) {
    var told = {};
    FACETS.forEach(function (facet, i) {
      var counts = {};
      docs.forEach(function (doc) {
        if (fits(facets, chosen, doc, i)) {
          facets.values[i][facets.columns[i][doc]].forEach(function (name) { counts[name] = (counts[name] || 0) + 1; });
        }
      });
      told[facet] = Object.keys(counts).map(function (name) { return [name, counts[name]]; }).sort(function (a, b) {
        return facet === "year" ? b[0] - a[0] : b[1] - a[1] || (a[0] < b[0] ? -1 : 1);
      });
    });
    return told;
  }

  /* --- the check on the text --- */
  function loadTitle(doc) {
    var group = meta.groups[doc < meta.groups[1].doc ? 0 : 1], row = doc - group.doc;
    return load(group.folder + place("titles", row / meta.titles | 0), readText).then(function (rows) {
      var cells = rows[row % meta.titles].split("\t");
      return { doc: doc, url: cells[0], title: cells[1], number: cells[2], day: cells[3], kind: cells[4], css: cells[5], word: cells[6], names: cells.slice(7) };
    });
  }
  function loadPart(item, unit) {
    var name = "text/" + (item.url.slice(0, -1) || "index") + "." + (unit - meta.first[item.doc]);
    return load(name, readText).then(function (rows) {
      var lines = rows.map(function (line) { return (line + "\t\t").split("\t"); });
      var text = lines.map(function (line) { return line[2]; }).join("");
      return { lines: lines, text: text, folded: fold(text) };
    });
  }
  function findWord(word, text) {
    var best = null;
    word.forms.forEach(function (form) {
      var at = text.indexOf(form);
      if (at >= 0 && (!best || at < best[0])) { best = [at, form.length]; }
    });
    return best;
  }
  /* Return text as [plain, hit, plain, hit, …]. */
  function split(words, text) {
    var plain = fold(text), list = [], out = [], end = 0;
    words.forEach(function (word) {
      word.forms.forEach(function (form) {
        for (var at = plain.text.indexOf(form); at >= 0; at = plain.text.indexOf(form, at + 1)) {
          list.push([plain.at[at], plain.at[at + form.length - 1] + 1]);
        }
      });
    });
    list.sort(function (a, b) { return a[0] - b[0] || b[1] - a[1]; }).forEach(function (range) {
      if (range[0] < end) { return; }
      out.push(text.slice(end, range[0]), text.slice(range[0], range[1]));
      end = range[1];
    });
    out.push(text.slice(end));
    return out;
  }
  function snip(part, words, at) {
    var lines = part.lines, start = 0, i = 0, back, from, text;
    while (i + 1 < lines.length && start + lines[i][2].length <= at) { start += lines[i][2].length; i += 1; }
    for (back = i; back && !lines[back][0];) { back -= 1; }
    from = Math.max(0, at - start - 24);
    text = (from ? "…" : "") + lines[i][2].slice(from, from + 110);
    for (from = i + 1; text.length < 60 && from < lines.length; from += 1) { text += " " + lines[from][2].slice(0, 80); }
    return { anchor: lines[back][0], label: lines[i][1] || lines[back][1], text: split(words, text + "…") };
  }
  function unitsOf(words, doc) {
    var near = [], apart = [], unit, held;
    for (unit = meta.first[doc]; unit < meta.first[doc + 1]; unit += 1) {
      held = words.filter(function (word) { return word.marks.units[unit]; });
      if (held.length === words.length) { near.push(unit); } else if (held.length) { apart.push(unit); }
    }
    if (words.length > 1 && words.length * 2 > near.length) { near = near.concat(apart); }
    return near.concat(near.length ? [] : [meta.first[doc]]).slice(0, CHECKS + words.length - 1);
  }
  /* Levels: 0 whole title, 1 title, 2 text, 3 words apart, 4 only pairs of characters. */
  function judge(words, item, simple) {
    var heads = [item.title, item.number].concat(item.names).map(normalise), units = unitsOf(words, item.doc), seen = {}, best = null, fallback = null;
    var inTitle = words.filter(function (word) { return heads.some(function (head) { return findWord(word, head); }); });
    var joined = words.map(function (word) { return word.plain; }).join("");
    inTitle.forEach(function (word) { seen[word.plain] = true; });
    function close() {
      var shown = best || fallback;
      item.level = heads.indexOf(joined) >= 0 ? 0 : inTitle.length === words.length ? 1 : best ? 2
        : simple || words.every(function (word) { return seen[word.plain]; }) ? 3 : 4;
      item.tight = shown.tight ? 1 : 0;
      item.marked = split(words, item.title);
      item.snippet = snip(shown.part, words, shown.at);
      return item;
    }
    function next(i) {
      if (i >= units.length || best || i > 0 && (simple || inTitle.length === words.length)) { return close(); }
      return loadPart(item, units[i]).then(function (part) {
        var first = -1, whole = part.folded.text.indexOf(joined), missing = words.filter(function (word) {
          var found = findWord(word, part.folded.text);
          if (found) { seen[word.plain] = true; if (first < 0) { first = found[0]; } }
          return !found && inTitle.indexOf(word) < 0;
        });
        var here = { part: part, at: part.folded.at[whole >= 0 ? whole : first] || 0, tight: whole >= 0 };
        if (!missing.length && first >= 0) { best = here; }
        else if (!fallback || first >= 0 && fallback.bare) { here.bare = first < 0; fallback = here; }
        return next(i + 1);
      });
    }
    return next(0);
  }
  function order(a, b) {
    return a.level - b.level || (a.css === "end") - (b.css === "end") || (a.level < 2 ? (b.kind === "办事指南") - (a.kind === "办事指南") : 0)
      || b.tight - a.tight || meta.age[b.doc] - meta.age[a.doc];
  }
  function take(state, page, tell) {
    var room = PAGE - page.length, wanted = state.rest.splice(0, Math.min(room > 0 ? Math.max(2, room) : 0, LIMIT + state.page - state.checked));
    if (!wanted.length) { return Promise.resolve(page); }
    return Promise.all(wanted.map(loadTitle)).then(function (items) {
      if (!page.length) { tell(items); }
      return Promise.all(items.map(function (item) { return judge(state.words, item, state.simple); }));
    }).then(function (items) {
      items.sort(order).forEach(function (item) {
        if (state.loose) { item.level = Math.max(item.level, 3); }
        (item.level === 4 ? state.weak : page).push(item);
      });
      state.checked += items.length;
      return take(state, page, tell);
    });
  }
  function answer(state, page) {
    if (page.length < PAGE && state.weak.length && (!page.length || state.weakShown && !state.rest.length)) {
      state.weakShown = state.weakShown || !state.rest.length;
      page = page.concat(state.weak.splice(0, PAGE - page.length));
    }
    return {
      total: state.total - (state.weakShown ? 0 : state.weak.length), about: !state.simple && state.rest.length > 0,
      items: page.map(function (item) { item.apart = item.level > 2; return item; }), left: state.rest.length, weak: state.weak.length,
      words: state.words.map(function (word) { return word.text; }), tried: state.tried, loose: state.loose, missing: state.missing
    };
  }
  function more(state, tell) {
    state.page = state.checked;
    state.weakShown = state.weakShown || !state.rest.length;
    return take(state, [], tell).then(function (page) { return answer(state, page); });
  }
  function settle(words, loose, missing, chosen) {
    var docs = rank(words), simple = words.every(function (word) { return word.plain.length < 3 && word.forms.length === 1; });
    var state = { words: words, all: docs, rest: docs, weak: [], loose: loose, missing: missing, simple: simple, checked: 0, page: 0, weakShown: false, total: docs.length };
    if (!FACETS.some(function (facet) { return chosen[facet]; })) { state.rest = docs.slice(); return state; }
    return loadFacets().then(function (facets) {
      state.rest = docs.filter(function (doc) { return fits(facets, chosen, doc, -1); });
      state.total = state.rest.length;
      return state;
    });
  }
  function isNowhere(words) { return words.some(function (word) { return !word.found; }) || !rank(words).length; }
  function start(text, chosen) {
    var asked = parse(text), words, tried = [];
    function again() {
      words = prepare(asked);
      return words.length ? look(words) : null;
    }
    return open().then(again).then(function (shards) {
      if (!shards || !words.some(function (word) { return !word.found; }) || files.folds) { return shards; }
      return load("folds").then(function (bytes) { addFolds(decode(bytes)); }).then(again);
    }).then(function (shards) {
      var missing, pieces;
      if (!shards) { return settle([], false, [], {}); }
      tried = flat(words.map(function (word) { return word.forms; }));
      missing = words.filter(function (word) { return !word.found; }).map(function (word) { return word.text; });
      if (!isNowhere(words)) { return settle(words, false, [], chosen); }
      pieces = flat(words.map(function (word) { return word.found || word.exact ? [word] : loosen(word, shards); }));
      if (!pieces.length || pieces.length === words.length && missing.length === 0) { return settle(words, false, missing, chosen); }
      return look(pieces).then(function () { return settle(pieces, true, missing, chosen); });
    }).then(function (state) { state.tried = tried; return state; });
  }
  function near(text) {
    var plain = normalise(text);
    return loadJson("near").then(function (groups) {
      var terms = [];
      groups.forEach(function (group) {
        var touched = group.some(function (term) {
          var own = normalise(term);
          return plain.indexOf(own) >= 0 || plain.length > 1 && own.indexOf(plain) >= 0;
        });
        if (touched) { terms = terms.concat(group); }
      });
      return unique(terms).filter(function (term) { return plain.indexOf(normalise(term)) < 0; }).slice(0, 8);
    });
  }

  /* --- what the page may ask --- */
  function run(asked, reply) {
    var id = asked.id, state;
    function tell(kind, told) { told.id = id; told.kind = kind; reply(told); }
    function early(items) {
      tell("titles", { items: items, total: state.total });
    }
    function finish(told) {
      tell("done", told);
      if ((told.total < 3 || told.loose) && !asked.more) { near(asked.text).then(function (terms) { tell("near", { terms: terms }); }, ignore); }
      return asked.more || !told.items.length ? null : loadFacets().then(function (facets) {
        var weak = state.weak.concat(told.items.filter(function (item) { return item.level === 4; })).map(function (item) { return item.doc; });
        tell("facets", { facets: countFacets(facets, asked.chosen, state.all.filter(function (doc) { return weak.indexOf(doc) < 0; })) });
      });
    }
    if (asked.base) { base = asked.base; version = asked.version; open().catch(ignore); return; }
    if (asked.more) { state = query; id = asked.id; more(state, ignore).then(finish).catch(function () { tell("error", {}); }); return; }
    start(asked.text, asked.chosen).then(function (made) {
      state = query = made;
      return more(state, early);
    }).then(finish).catch(function (fault) { tell("error", { fault: String(fault) }); });
  }
  scope.siteFind = { run: run, normalise: normalise, vary: vary };
  if (!scope.document) {
    scope.onmessage = function (event) { run(event.data, function (told) { scope.postMessage(told); }); };
  }
})(typeof self === "undefined" ? this : self);
