// The replay of a simulated day: the server sends its visits once, the browser lets time pass.
(function () {
  "use strict";

  var POOLS = 2;
  var SUBMIT = 0;
  var OUTCOMES = ["served", "sent_home", "left", "turned_away", "turned_away"]; // simulation/records.py
  var LOADS = ["closed", "free", "some", "long", "over"];
  var LARGEST = 46; // pixels across: the bubble of the longest queue of the day
  var SMALLEST = 6;
  var SHORT_QUEUE = 20; // people: a day without a longer one has no large bubbles
  var NUMBERED = 15; // pixels across from which a bubble holds its number
  var MAPS = {
    "replay-city": null, // the whole city
    "replay-inner": { west: 105.72, east: 105.93, south: 20.94, north: 21.1 },
  };
  var CURVE = { width: 480, height: 84, foot: 16 };
  var SLOW_PARTS_MS = 250; // tables are not rewritten more often while time passes

  var day = null; // what the server sent, with the state of every minute
  var now = 0; // minute after midnight
  var site = 0; // row of the site shown
  var chosen = false; // by a person, not for being the busiest
  var playing = false;
  var speed = 10; // minutes of the day a second
  var sort = { by: "waiting", down: true };
  var attached = {}; // graphs by name
  var slowPartsAt = 0;
  var again = 0; // timer
  var tableSeen = false; // on the screen

  function byId(id) {
    return document.getElementById(id);
  }

  function graphOf(name) {
    return document.querySelector("#graph-" + name + " .js-plotly-plot");
  }

  function say(key, values) {
    return (day.words[key] || "").replace(/\{(\w+)\}/g, function (_, name) {
      return values[name];
    });
  }

  // Making a formatter takes longer than using it a hundred times.
  function number(value, digits) {
    return (digits ? day.tenths : day.whole).format(value);
  }

  function speakIn(lang) {
    var locale = lang === "vi" ? "vi-VN" : "en-GB";
    day.whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
    day.tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    day.order = new Intl.Collator(locale).compare;
  }

  function clock(minute) {
    return Math.floor(minute / 60) + ":" + String(minute % 60).padStart(2, "0");
  }

  function escaped(text) {
    return String(text).replace(/[&<>"]/g, function (sign) {
      return { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }[sign];
    });
  }

  // --- the state of every minute: the same cumulative sums as dashboard/replay.py --------------

  // Seconds are rounded up, so what has happened by a whole minute is what it was to the
  // millisecond.
  function instants(sent) {
    var visits = sent.visits;
    var count = visits.arrived.length;
    var arrived = new Int32Array(count);
    var until = new Int32Array(count);
    var ends = new Int32Array(count);
    var never = 2 * 86400;
    var time = sent.first * 60;
    for (var i = 0; i < count; i++) {
      time += visits.arrived[i];
      arrived[i] = time;
      until[i] = visits.wait[i] < 0 ? never : time + visits.wait[i];
      if (visits.counter[i] < 0) ends[i] = until[i];
      else ends[i] = visits.service[i] < 0 ? never : until[i] + visits.service[i];
    }
    return { arrived: arrived, until: until, ends: ends };
  }

  // How often at each minute so far: [minute × width + place].
  function happened(times, places, keep, width) {
    var found = new Int32Array(day.minutes * width);
    for (var i = 0; i < times.length; i++) {
      if (!keep(i)) continue;
      var minute = Math.max(0, Math.ceil(times[i] / 60) - day.first);
      if (minute < day.minutes) found[minute * width + places[i]]++;
    }
    for (var at = width; at < found.length; at++) found[at] += found[at - width];
    return found;
  }

  function less(one, other) {
    return one.map(function (value, i) {
      return value - other[i];
    });
  }

  function count() {
    var visits = day.visits;
    var sites = day.ids.length;
    var time = (day.time = instants(day));
    var places = visits.site.map(function (row, i) {
      return row * POOLS + visits.pool[i];
    });
    function all() {
      return true;
    }
    function called(i) {
      return visits.counter[i] >= 0;
    }
    function gaveUp(i) {
      return visits.counter[i] < 0 && visits.wait[i] >= 0;
    }
    var width = sites * POOLS;
    var arrived = happened(time.arrived, places, all, width);
    var atCounter = happened(time.until, places, called, width);
    day.waiting = less(less(arrived, atCounter), happened(time.until, places, gaveUp, width));
    day.busy = less(atCounter, happened(time.ends, places, called, width));
    day.totals = { arrived: happened(time.arrived, visits.site, all, sites) };
    ["served", "sent_home", "left", "turned_away"].forEach(function (name) {
      day.totals[name] = happened(
        time.ends,
        visits.site,
        function (i) {
          return OUTCOMES[visits.outcome[i]] === name;
        },
        sites
      );
    });
    day.bySite = day.ids.map(function () {
      return [];
    });
    var tickets = new Int32Array(width);
    day.ticket = places.map(function (place, i) {
      day.bySite[visits.site[i]].push(i);
      return ++tickets[place];
    });
    day.most = SHORT_QUEUE;
    for (var minute = 0; minute < day.minutes; minute++) {
      for (var row = 0; row < sites; row++) {
        day.most = Math.max(day.most, waitingAt(minute, row));
      }
    }
  }

  function waitingAt(minute, row) {
    var place = (minute * day.ids.length + row) * POOLS;
    return day.waiting[place] + day.waiting[place + 1];
  }

  function session(minute) {
    return day.sessions.findIndex(function (span) {
      return span[0] <= minute && minute < span[1];
    });
  }

  // One site at a minute after midnight.
  function stateOf(row, minute) {
    var sites = day.ids.length;
    var at = minute - day.first;
    var place = (at * sites + row) * POOLS;
    var open = session(minute);
    var state = {
      waiting: [day.waiting[place], day.waiting[place + 1]],
      busy: [day.busy[place], day.busy[place + 1]],
      counters: open < 0 ? [0, 0] : day.counters[open][row],
    };
    state.people = state.waiting[0] + state.waiting[1];
    state.serving = state.busy[0] + state.busy[1];
    state.open = state.counters[0] + state.counters[1];
    state.each = Math.max.apply(
      null,
      state.waiting.map(function (people, pool) {
        return people ? people / Math.max(1, state.counters[pool]) : 0;
      })
    );
    state.load = loadOf(state);
    Object.keys(day.totals).forEach(function (name) {
      state[name] = day.totals[name][at * sites + row];
    });
    return state;
  }

  function loadOf(state) {
    if (!state.open) return "closed";
    if (!state.people) return "free";
    if (state.each <= day.limits[0]) return "some";
    return state.each <= day.limits[1] ? "long" : "over";
  }

  function statesNow() {
    return day.ids.map(function (_, row) {
      return stateOf(row, now);
    });
  }

  // --- what is shown ---------------------------------------------------------------------------

  function sum(states, name) {
    return states.reduce(function (total, state) {
      return total + state[name];
    }, 0);
  }

  function titleOf(states) {
    var people = sum(states, "people");
    var busiest = states.reduce(function (best, state, row) {
      return state.people > states[best].people ? row : best;
    }, 0);
    var key = people === 0 ? "title_none" : people === 1 ? "title_one" : "title";
    return say(key, {
      clock: clock(now),
      waiting: number(people),
      busy: number(sum(states, "serving")),
      site: day.names[busiest],
      most: number(states[busiest].people),
    });
  }

  function put(id, text) {
    var node = byId(id);
    if (node && node.textContent !== text) node.textContent = text;
  }

  function fillIn(id, markup) {
    var node = byId(id);
    if (node && node.centreMarkup !== markup) {
      node.centreMarkup = markup;
      node.innerHTML = markup;
    }
  }

  function render(everything) {
    if (!day || !byId("replay")) return;
    var states = statesNow();
    put("replay-title", titleOf(states));
    showControls(states);
    drawMaps(states);
    moveCursor();
    var time = performance.now();
    if (!everything && time - slowPartsAt < SLOW_PARTS_MS) return;
    slowPartsAt = time;
    showSite(states[site]);
    if (everything || tableSeen) showTable(states);
  }

  function showControls(states) {
    var slider = byId("replay-time");
    if (!slider) return;
    if (+slider.value !== now) slider.value = now;
    slider.setAttribute(
      "aria-valuetext",
      say("slider", { clock: clock(now), waiting: number(sum(states, "people")) })
    );
    document.querySelector("#replay .clock").textContent = clock(now);
    var button = document.querySelector('[data-replay="play"]');
    var word = say(playing ? "pause" : "play", {});
    if (button.lastChild.textContent !== word) button.lastChild.textContent = word;
    button.firstChild.className = "icon icon-" + (playing ? "pause-fill" : "play-fill");
    var choice = document.querySelector('[data-replay="speed"]');
    if (+choice.value !== speed) choice.value = String(speed);
    put("replay-table-time", say("at", { clock: clock(now) }));
  }

  // --- the map ---------------------------------------------------------------------------------

  function rem() {
    return parseFloat(getComputedStyle(document.documentElement).fontSize) || 15;
  }

  function scale() {
    return Math.max(1, rem() / 15);
  }

  function across(state, larger) {
    var size = SMALLEST + (LARGEST - SMALLEST) * Math.sqrt(state.people / day.most);
    return (state.people ? Math.max(size, SMALLEST + 3) : SMALLEST) * larger;
  }

  function drawMaps(states) {
    var style = getComputedStyle(document.documentElement);
    function colour(name) {
      return style.getPropertyValue("--" + name).trim();
    }
    var larger = scale();
    var sizes = states.map(function (state) {
      return across(state, larger);
    });
    // The largest lie at the bottom, so that none hides another.
    var order = sizes
      .map(function (_, row) {
        return row;
      })
      .sort(function (one, other) {
        return sizes[other] - sizes[one] || one - other;
      });
    function ordered(values) {
      return order.map(function (row) {
        return values[row];
      });
    }
    var rings = states.map(function (state, row) {
      if (row === site) return sizes[row] + 9 * larger;
      return state.load === "over" ? sizes[row] + 5 * larger : 0;
    });
    var ringColours = states.map(function (_, row) {
      return row === site ? colour("link") : colour("ink");
    });
    var colours = LOADS.reduce(function (found, load) {
      found[load] = colour("load-" + load);
      return found;
    }, {});
    var title = titleOf(states);
    Object.keys(MAPS).forEach(function (name) {
      var graph = attached[name];
      if (!graph || !graph.isConnected || !mapOf(graph) || graph.data.length < 2) return;
      if (graph.data[1].lat.length !== day.ids.length) return; // the figure of another day
      drawn(
        "restyle",
        graph,
        {
          lat: [ordered(day.lats)],
          lon: [ordered(day.lons)],
          customdata: [order],
          "marker.size": [ordered(rings), ordered(sizes)],
          "marker.color": [
            ordered(ringColours),
            ordered(
              states.map(function (state) {
                return colours[state.load];
              })
            ),
          ],
          text: ["", ordered(states.map(tip))],
        },
        [0, 1]
      );
      graph.layout.meta = Object.assign({}, graph.layout.meta, { title: title });
      writeNumbers(graph, states, sizes, order, larger);
    });
  }

  function tip(state, row) {
    return (
      "<b>" +
      escaped(day.names[row]) +
      "</b><br>" +
      escaped(
        say("tip", {
          waiting: number(state.people),
          busy: number(state.serving),
          counters: number(state.open),
        })
      )
    );
  }

  function mapOf(graph) {
    var subplot = graph && graph._fullLayout && graph._fullLayout.map && graph._fullLayout.map._subplot;
    return subplot && subplot.map;
  }

  function numbersOf(graph) {
    return graph.closest(".replay-map").querySelector(".numbers");
  }

  // MapLibre writes with fonts from a server; these numbers are the page's own.
  function writeNumbers(graph, states, sizes, order, larger) {
    var numbers = numbersOf(graph);
    var markup = order
      .map(function (row) {
        if (!states[row].people || sizes[row] < NUMBERED * larger) return "";
        return '<span data-row="' + row + '">' + number(states[row].people) + "</span>";
      })
      .join("");
    if (numbers.centreMarkup !== markup) {
      numbers.centreMarkup = markup;
      numbers.innerHTML = markup;
    }
    placeNumbers(graph);
  }

  function placeNumbers(graph) {
    var map = mapOf(graph);
    if (!map || !day || !graph.isConnected) return;
    var apart = 0.9 * rem();
    var placed = [];
    numbersOf(graph).childNodes.forEach(function (node) {
      var row = +node.dataset.row;
      var point = map.project([day.lons[row], day.lats[row]]);
      // Where two would run into each other the longer queue has its number.
      var free = placed.every(function (other) {
        return Math.abs(other.x - point.x) > 1.7 * apart || Math.abs(other.y - point.y) > apart;
      });
      if (free) placed.push(point);
      node.style.visibility = free ? "visible" : "hidden";
      node.style.transform =
        "translate(-50%,-50%) translate(" + point.x.toFixed(1) + "px," + point.y.toFixed(1) + "px)";
    });
  }

  // Nothing is drawn on a figure that has been taken away.
  function drawn(how, graph) {
    if (!graph.isConnected || !graph._fullLayout) return;
    window.Plotly[how].apply(null, Array.prototype.slice.call(arguments, 1));
  }

  function look(name) {
    var graph = attached[name];
    var map = mapOf(graph);
    if (!map || !map.getContainer) return;
    var box = map.getContainer();
    if (box.clientWidth < 66 || box.clientHeight < 66) return;
    var place = MAPS[name] || window.centreMap.CITY;
    drawn("relayout", graph, {
      "map.zoom": window.centreMap.zoomFor(box.clientWidth, box.clientHeight, place),
      "map.center": { lon: (place.west + place.east) / 2, lat: (place.south + place.north) / 2 },
    });
  }

  function zoom(name, by) {
    var map = mapOf(attached[name]);
    if (!map) return;
    var middle = map.getCenter();
    drawn("relayout", attached[name], {
      "map.zoom": Math.min(14, Math.max(7, map.getZoom() + by)),
      "map.center": { lon: middle.lng, lat: middle.lat },
    });
  }

  function attachMap(name, graph) {
    attached[name] = graph;
    graph.centreOf = mapOf(graph);
    graph.on("plotly_click", function (click) {
      choose(+click.points[0].customdata);
    });
    graph.on("plotly_afterplot", function () {
      if (isEmpty(graph)) begin(name);
      else placeNumbers(graph);
    });
    mapOf(graph).on("move", function () {
      placeNumbers(graph);
    });
    if (!graph.centreSized) new ResizeObserver(look.bind(null, name)).observe(graph);
    graph.centreSized = true;
    begin(name);
  }

  // As the server sends it, and again after a change of theme or language.
  function isEmpty(graph) {
    return graph.data.length === 2 && !Array.isArray(graph.data[1].marker.size);
  }

  function begin(name) {
    window.requestAnimationFrame(function () {
      if (!attached[name].isConnected || !mapOf(attached[name])) return;
      // On a phone a finger on the map scrolls the page.
      var fine = window.matchMedia("(pointer: fine)").matches;
      if (fine) drawn("relayout", attached[name], { dragmode: "pan" });
      look(name);
      render(true);
    });
  }

  // --- the chart of the day --------------------------------------------------------------------

  function moveCursor() {
    var cursor = byId("replay-cursor");
    var graph = attached["replay-curve"];
    var axis = graph && graph._fullLayout && graph._fullLayout.xaxis;
    if (!cursor || !axis || !axis._length) return;
    var size = graph._fullLayout._size;
    cursor.style.left = (axis._offset + axis.l2p(now)).toFixed(1) + "px";
    cursor.style.top = size.t + "px";
    cursor.style.height = size.h + "px";
  }

  function attachCurve(graph) {
    attached["replay-curve"] = graph;
    graph.on("plotly_click", function (click) {
      jump(click.points[0].x);
    });
    graph.on("plotly_afterplot", moveCursor);
    moveCursor();
  }

  // --- the chosen site -------------------------------------------------------------------------

  function opening(row) {
    var own = day.sessions.filter(function (_, number) {
      return day.counters[number][row][0] + day.counters[number][row][1];
    });
    if (!own.length) return say("closed_day", {});
    var current = own.find(function (span) {
      return span[0] <= now && now < span[1];
    });
    if (current) return say("open_until", { clock: clock(current[1]) });
    var next = own.find(function (span) {
      return now < span[0];
    });
    return next ? say("opens_at", { clock: clock(next[0]) }) : say("closed_now", {});
  }

  function longest(row, minute) {
    var most = 0;
    day.bySite[row].forEach(function (i) {
      var waited = Math.min(day.time.until[i], minute * 60) - day.time.arrived[i];
      if (waited > most) most = waited;
    });
    return Math.floor(most / 60);
  }

  function totals(state) {
    var last = stateOf(site, day.first + day.minutes - 1);
    var rows = ["arrived", "served", "sent_home", "left", "turned_away"].map(function (name) {
      return [say(name, {}), number(state[name]), number(last[name])];
    });
    rows.push([
      say("longest", {}),
      say("minutes", { minutes: number(longest(site, now)) }),
      say("minutes", { minutes: number(longest(site, day.first + day.minutes - 1)) }),
    ]);
    return (
      '<table class="table table-sm data-table site-totals"><caption class="visually-hidden">' +
      escaped(say("totals", {})) +
      '</caption><thead><tr><td></td><th scope="col" class="num">' +
      escaped(say("until_now", { clock: clock(now) })) +
      '</th><th scope="col" class="num">' +
      escaped(say("whole_day", {})) +
      "</th></tr></thead><tbody>" +
      rows
        .map(function (row) {
          return (
            '<tr><th scope="row">' +
            escaped(row[0]) +
            '</th><td class="num">' +
            escaped(row[1]) +
            '</td><td class="num">' +
            escaped(row[2]) +
            "</td></tr>"
          );
        })
        .join("") +
      "</tbody></table>"
    );
  }

  function businessOf(i) {
    var visits = day.visits;
    var purpose = visits.purpose[i];
    var field = day.fields[visits.field[i]];
    return purpose === SUBMIT ? field : day.purposes[purpose] + " · " + field;
  }

  // Who is at a pool of the site now: its counters, and its queue in the order of tickets.
  function peopleAt(pool) {
    var time = day.time;
    var second = now * 60;
    var found = { serving: {}, queue: [] };
    day.bySite[site].forEach(function (i) {
      if (day.visits.pool[i] !== pool || time.arrived[i] > second) return;
      if (time.until[i] > second) found.queue.push(i);
      else if (day.visits.counter[i] >= 0 && time.ends[i] > second) found.serving[day.visits.counter[i]] = i;
    });
    return found;
  }

  function countersOf(people, state, pool) {
    var numbers = Object.keys(people.serving).map(Number);
    var most = Math.max.apply(
      null,
      day.counters
        .map(function (session) {
          return session[site][pool];
        })
        .concat(
          numbers.map(function (n) {
            return n + 1;
          }),
          0
        )
    );
    var cells = [];
    for (var n = 0; n < most; n++) {
      var i = people.serving[n];
      var what =
        i !== undefined
          ? say("serving", { field: businessOf(i), clock: clock(Math.floor(day.time.until[i] / 60)) })
          : say(n < state.counters[pool] ? "free" : "shut", {});
      var css = i !== undefined ? "is-busy" : n < state.counters[pool] ? "is-free" : "is-shut";
      cells.push(
        '<li class="' +
          css +
          '"><strong>' +
          escaped(say("counter", { number: n + 1 })) +
          "</strong> <span>" +
          escaped(what) +
          "</span></li>"
      );
    }
    return cells.length ? '<ul class="counters">' + cells.join("") + "</ul>" : "";
  }

  function queueOf(people) {
    if (!people.queue.length) return '<p class="source">' + escaped(say("nobody", {})) + "</p>";
    var heads = ["ticket", "waited", "purpose", "field", "size"]
      .map(function (name) {
        return '<th scope="col">' + escaped(say(name, {})) + "</th>";
      })
      .join("");
    var rows = people.queue.map(function (i) {
      var visits = day.visits;
      var cells = [
        day.ticket[i],
        say("minutes", { minutes: number(Math.floor((now * 60 - day.time.arrived[i]) / 60)) }),
        day.purposes[visits.purpose[i]],
        day.fields[visits.field[i]],
        number(visits.size[i]),
      ];
      return (
        "<tr><td>" +
        cells
          .map(function (cell) {
            return escaped(cell);
          })
          .join("</td><td>") +
        "</td></tr>"
      );
    });
    return (
      '<div class="queue-box"><table class="table table-sm data-table queue"><thead><tr>' +
      heads +
      "</tr></thead><tbody>" +
      rows.join("") +
      "</tbody></table></div>"
    );
  }

  function poolPart(pool, state) {
    var people = peopleAt(pool);
    var counters = countersOf(people, state, pool);
    if (!counters && !people.queue.length) return "";
    var line = say(state.counters[pool] ? "pool_line" : "pool_shut", {
      busy: number(state.busy[pool]),
      counters: number(state.counters[pool]),
      waiting: number(state.waiting[pool]),
    });
    return (
      '<section class="pool"><h4>' +
      escaped(day.pools[pool]) +
      ' <span class="pool-line">' +
      escaped(line) +
      "</span></h4>" +
      counters +
      '<h5 class="visually-hidden">' +
      escaped(say("queue", {})) +
      "</h5>" +
      queueOf(people) +
      "</section>"
    );
  }

  function acrossCurve(minutes) {
    return ((minutes / Math.max(1, day.minutes - 1)) * CURVE.width).toFixed(1);
  }

  // The site's queue over the day; the cursor is moved without drawing it anew.
  function curveOf(row) {
    var width = CURVE.width;
    var height = CURVE.height;
    var foot = CURVE.foot;
    var peak = 0;
    var minute;
    for (minute = 0; minute < day.minutes; minute++) {
      if (waitingAt(minute, row) > waitingAt(peak, row)) peak = minute;
    }
    var most = Math.max(1, waitingAt(peak, row));
    var x = acrossCurve;
    function y(people) {
      return (height - foot - (people / most) * (height - foot - 4)).toFixed(1);
    }
    var points = [];
    for (minute = 0; minute < day.minutes; minute++) {
      points.push(x(minute) + "," + y(waitingAt(minute, row)));
    }
    var ground = height - foot;
    var hours = [];
    for (var hour = Math.ceil((day.first + 20) / 60); hour * 60 < day.first + day.minutes - 20; hour += 2) {
      hours.push(
        '<text x="' + x(hour * 60 - day.first) + '" y="' + (height - 2) + '">' + hour + ":00</text>"
      );
    }
    var spans = day.sessions
      .filter(function (_, number) {
        return day.counters[number][row][0] + day.counters[number][row][1];
      })
      .map(function (span) {
        var from = x(span[0] - day.first);
        return (
          '<rect class="open" x="' +
          from +
          '" width="' +
          (x(span[1] - day.first) - from).toFixed(1) +
          '" y="0" height="' +
          ground +
          '"/>'
        );
      });
    var said = say(waitingAt(peak, row) ? "curve_most" : "curve_none", {
      most: number(waitingAt(peak, row)),
      clock: clock(peak + day.first),
    });
    return (
      '<figure class="site-curve"><svg viewBox="0 0 ' +
      width +
      " " +
      height +
      '" role="img" aria-label="' +
      escaped(say("curve", {}) + ": " + said) +
      '">' +
      spans.join("") +
      '<polygon class="people" points="0,' +
      ground +
      " " +
      points.join(" ") +
      " " +
      width +
      "," +
      ground +
      '"/>' +
      hours.join("") +
      '<line class="cursor" y1="0" y2="' +
      ground +
      '"/></svg><figcaption>' +
      escaped(say("curve", {}) + "; " + said + ".") +
      "</figcaption></figure>"
    );
  }

  function siteHead() {
    var order = day.names
      .map(function (_, row) {
        return row;
      })
      .sort(function (one, other) {
        return day.order(day.names[one], day.names[other]);
      });
    var options = order.map(function (row) {
      return '<option value="' + row + '">' + escaped(day.names[row]) + "</option>";
    });
    return (
      '<label class="part-title" for="replay-choose">' +
      escaped(say("choose", {})) +
      '</label><select id="replay-choose" class="form-select" autocomplete="off">' +
      options.join("") +
      '</select><p class="site-line"></p><div class="site-numbers"></div>' +
      '<div class="site-now"></div>'
    );
  }

  function showSite(state) {
    var panel = byId("replay-site");
    if (!panel || !day.ids.length) return;
    if (panel.centreDay !== day) {
      panel.centreDay = day;
      panel.centreSite = -1;
      panel.innerHTML = siteHead();
    }
    if (panel.centreSite !== site) {
      panel.centreSite = site;
      byId("replay-choose").value = String(site);
      var figure = panel.querySelector(".site-curve");
      if (figure) figure.remove();
      panel.querySelector(".site-numbers").insertAdjacentHTML("afterend", curveOf(site));
    }
    panel.querySelector(".site-line").textContent =
      day.kinds[site] + " · " + day.districts[site] + " · " + opening(site);
    panel.querySelector(".site-numbers").innerHTML = totals(state);
    panel.querySelector(".site-now").innerHTML = poolPart(0, state) + poolPart(1, state);
    var cursor = panel.querySelector(".site-curve .cursor");
    cursor.setAttribute("x1", acrossCurve(now - day.first));
    cursor.setAttribute("x2", acrossCurve(now - day.first));
  }

  // --- all sites as a table --------------------------------------------------------------------

  var COLUMNS = [
    ["site", "text"],
    ["district", "text"],
    ["waiting", "people"],
    ["per_counter", "each"],
    ["busy", "serving"],
    ["open", "open"],
    ["arrived", "arrived"],
    ["served", "served"],
    ["left", "left"],
    ["load", "load"],
  ];
  function valueOf(state, row, name) {
    if (name === "site") return day.names[row];
    if (name === "district") return day.districts[row];
    if (name === "load") return LOADS.indexOf(state.load);
    return {
      waiting: state.people,
      per_counter: state.each,
      busy: state.serving,
      open: state.open,
      arrived: state.arrived,
      served: state.served,
      left: state.left,
    }[name];
  }

  function cellOf(state, row, name) {
    if (name === "load") return say("load_" + state.load, {});
    if (name === "per_counter") return state.open ? number(state.each, 1) : "–";
    var value = valueOf(state, row, name);
    return typeof value === "number" ? number(value) : value;
  }

  var watched = new IntersectionObserver(function (changes) {
    tableSeen = changes[changes.length - 1].isIntersecting;
  });

  function makeTable(box) {
    watched.disconnect();
    watched.observe(box);
    var heads = COLUMNS.map(function (column) {
      var css = column[1] === "text" || column[0] === "load" ? "" : ' class="num"';
      return (
        '<th scope="col"' +
        css +
        ' data-column="' +
        column[0] +
        '"><button type="button" class="sort" data-sort="' +
        column[0] +
        '">' +
        escaped(say(column[0], {})) +
        '<span class="sort-sign" aria-hidden="true"></span></button></th>'
      );
    });
    var rows = day.ids.map(function (_, row) {
      var cells = COLUMNS.slice(1).map(function (column) {
        return column[1] === "text" || column[0] === "load" ? "<td></td>" : '<td class="num"></td>';
      });
      return (
        '<tr data-row="' +
        row +
        '"><th scope="row"><button type="button" class="row-button" data-choose="' +
        row +
        '">' +
        escaped(day.names[row]) +
        "</button></th>" +
        cells.join("") +
        "</tr>"
      );
    });
    box.innerHTML =
      '<table class="table table-sm data-table"><thead><tr>' +
      heads.join("") +
      "</tr></thead><tbody>" +
      rows.join("") +
      "</tbody></table>";
    box.centreRows = Array.from(box.querySelectorAll("tbody tr"));
    box.centreDay = day;
  }

  function showTable(states) {
    var box = byId("replay-table");
    if (!box) return;
    if (box.centreDay !== day) makeTable(box);
    box.centreRows.forEach(function (line, row) {
      COLUMNS.forEach(function (column, number) {
        if (!number) return;
        var text = cellOf(states[row], row, column[0]);
        var cell = line.children[number];
        if (cell.textContent !== text) cell.textContent = text;
        if (column[0] === "load") cell.className = "load-word on-" + states[row].load;
      });
      if ((row === site) !== line.hasAttribute("aria-current")) line.toggleAttribute("aria-current");
    });
    box.querySelectorAll("th[data-column]").forEach(function (head) {
      var own = head.dataset.column === sort.by;
      if (own) head.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    sortTable(box, states);
  }

  function sortTable(box, states) {
    var body = box.querySelector("tbody");
    if (body.contains(document.activeElement) && playing) return; // do not move what has the keyboard
    var order = box.centreRows
      .map(function (_, row) {
        return row;
      })
      .sort(function (one, other) {
        var a = valueOf(states[one], one, sort.by);
        var b = valueOf(states[other], other, sort.by);
        var by = typeof a === "string" ? day.order(a, b) : a - b;
        return (sort.down ? -by : by) || one - other;
      });
    var same = order.every(function (row, place) {
      return +body.children[place].dataset.row === row;
    });
    if (same) return;
    var focused = document.activeElement;
    order.forEach(function (row) {
      body.appendChild(box.centreRows[row]);
    });
    if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  }

  // --- time passes -----------------------------------------------------------------------------

  function last() {
    return day.first + day.minutes - 1;
  }

  function play() {
    if (!day || playing) return;
    if (now >= last()) now = day.first;
    playing = true;
    var from = now;
    var since = null;
    var paced = speed;
    function step(time) {
      if (!playing || !byId("replay")) {
        playing = false;
        return;
      }
      if (since === null || paced !== speed) {
        since = time;
        from = now;
        paced = speed;
      }
      var minute = Math.min(last(), from + Math.floor(((time - since) / 1000) * speed));
      if (minute !== now) {
        now = minute;
        render(false);
      }
      if (now >= last()) return pause();
      window.requestAnimationFrame(step);
    }
    render(true);
    window.requestAnimationFrame(step);
  }

  function pause() {
    playing = false;
    settle();
  }

  function jump(minute) {
    if (!day) return;
    playing = false;
    now = Math.min(last(), Math.max(day.first, Math.round(minute)));
    settle();
  }

  function choose(row) {
    if (!day || !(row >= 0 && row < day.ids.length)) return;
    site = row;
    chosen = true;
    if (playing) render(true);
    else settle();
  }

  // Time stands: everything is shown, said to who cannot see it, and kept in the address.
  function settle() {
    render(true);
    put("replay-said", titleOf(statesNow()));
    remember();
  }

  function remember() {
    var address = new URL(window.location.href);
    address.searchParams.set("luc", clock(now));
    if (chosen) address.searchParams.set("diem", day.ids[site]);
    if (address.href !== window.location.href) window.history.replaceState(window.history.state, "", address);
    nameFiles();
  }

  function nameFiles() {
    document.querySelectorAll("[data-replay-csv]").forEach(function (link) {
      var address = new URL(link.href);
      address.searchParams.set("luc", clock(now));
      address.searchParams.set("diem", day.ids[site] || "");
      link.href = address.pathname + address.search;
    });
  }

  // --- the server's day ------------------------------------------------------------------------

  function asked(key) {
    return new URL(window.location.href).searchParams.get(key);
  }

  function minuteAsked(text) {
    var parts = /^(\d{1,2}):([0-5]\d)$/.exec(text || "");
    if (!parts) return -1;
    var minute = +parts[1] * 60 + +parts[2];
    return minute >= day.first && minute <= last() ? minute : -1;
  }

  function busiestAt(minute) {
    var best = 0;
    for (var row = 1; row < day.ids.length; row++) {
      if (waitingAt(minute - day.first, row) > waitingAt(minute - day.first, best)) best = row;
    }
    return best;
  }

  function load(sent) {
    var before = day;
    var shown = before && before.ids[site];
    if (!sent) {
      day = null;
      playing = false;
      return;
    }
    var same = before && before.key === sent.key;
    day = sent;
    speakIn(day.lang);
    count();
    var problems = [];
    if (!same) {
      playing = false;
      now = minuteAsked(asked("luc"));
      if (asked("luc") && now < 0) problems.push(say("unknown_time", { value: asked("luc").slice(0, 40) }));
      if (now < 0) now = day.worst;
    }
    var wanted = asked("diem") || (chosen && shown);
    site = day.ids.indexOf(wanted);
    if (asked("diem") && site < 0) {
      problems.push(say("unknown_site", { value: asked("diem").slice(0, 40) }));
    }
    chosen = site >= 0;
    if (site < 0) site = busiestAt(now);
    arrive(problems.join(" "));
  }

  // The page may be drawn after its day has come, or before.
  function arrive(problem) {
    if (!day) return;
    if (!byId("replay-table")) return window.requestAnimationFrame(arrive.bind(null, problem));
    put("replay-note", problem);
    attach();
    render(true);
    nameFiles();
  }

  // A map that is still being made is asked again: it tells of itself too early or not at all.
  function isReady(graph) {
    var map = mapOf(graph);
    var layers = map && graph._fullLayout.map._subplot.traceHash;
    if (layers && Object.keys(layers).length === graph.data.length && map.getStyle()) return true;
    clearTimeout(again);
    again = setTimeout(attach, 120);
    return false;
  }

  function attach() {
    if (!day || !byId("replay")) return;
    Object.keys(MAPS).forEach(function (name) {
      var graph = graphOf(name);
      if (!graph || !graph.on) return;
      var known = graph === attached[name] && graph.centreOf === mapOf(graph);
      if (!known && isReady(graph)) attachMap(name, graph);
    });
    var curve = graphOf("replay-curve");
    if (curve && curve.on && curve !== attached["replay-curve"] && curve._fullLayout) attachCurve(curve);
  }

  new MutationObserver(attach).observe(document.documentElement, { childList: true, subtree: true });

  // --- hands -----------------------------------------------------------------------------------

  document.addEventListener("click", function (event) {
    if (!day) return;
    var button = event.target.closest("[data-replay], [data-sort], [data-choose]");
    if (!button || button.tagName === "SELECT") return;
    if (button.dataset.choose) choose(+button.dataset.choose);
    else if (button.dataset.sort) {
      var by = button.dataset.sort;
      sort = { by: by, down: sort.by === by ? !sort.down : by !== "site" && by !== "district" };
      render(true);
    } else if (button.dataset.replay === "play") playing ? pause() : play();
    else if (button.dataset.replay === "worst") jump(day.worst);
    else if (button.dataset.replay === "zoom_in") zoom(button.dataset.map, 0.7);
    else if (button.dataset.replay === "zoom_out") zoom(button.dataset.map, -0.7);
    else look(button.dataset.map);
  });

  document.addEventListener("input", function (event) {
    if (!day) return;
    if (event.target.id === "replay-time") {
      playing = false;
      now = +event.target.value;
      render(false);
    } else if (event.target.id === "replay-choose") choose(+event.target.value);
    else if (event.target.dataset && event.target.dataset.replay === "speed") speed = +event.target.value;
  });

  document.addEventListener("change", function (event) {
    if (day && event.target.id === "replay-time") jump(+event.target.value);
  });

  // The space bar belongs to the replay only while the keyboard is in it, and not on a control.
  document.addEventListener("keydown", function (event) {
    if (event.key !== " " || !day || !event.target.closest("#replay")) return;
    if (event.target.id !== "replay-time" && event.target.closest("button, select, a, input, summary")) return;
    event.preventDefault();
    playing ? pause() : play();
  });

  new MutationObserver(function () {
    render(true);
  }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });

  window.centreReplay = {
    // For tests: the counts of a minute as the browser has them.
    at: function (minute) {
      var width = day.ids.length * POOLS;
      var from = (minute - day.first) * width;
      return {
        waiting: Array.from(day.waiting.slice(from, from + width)),
        busy: Array.from(day.busy.slice(from, from + width)),
      };
    },
    minute: function () {
      return now;
    },
  };
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.replay = { load: load };
})();
