// What the scenario page does without the server: places on the map, the search for levers, links.
(function () {
  "use strict";

  var root = document.documentElement;

  function setProps(id, props) {
    if (window.dash_clientside && window.dash_clientside.set_props) {
      window.dash_clientside.set_props(id, props);
    }
  }

  // "add" or "move" while the next click on the map is to be a place.
  function doing(mode) {
    if (mode) root.dataset.mapDoing = mode;
    else delete root.dataset.mapDoing;
    document.querySelectorAll("button[data-map-mode]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.mapMode === mode));
    });
  }

  function placeAt(event, graph) {
    var subplot = graph._fullLayout && graph._fullLayout.map && graph._fullLayout.map._subplot;
    var map = subplot && subplot.map;
    if (!map || !map.unproject) return null;
    var box = map.getCanvas().getBoundingClientRect();
    var x = event.clientX - box.left;
    var y = event.clientY - box.top;
    if (x < 0 || y < 0 || x > box.width || y > box.height) return null;
    return map.unproject([x, y]);
  }

  var pressed = null;
  document.addEventListener(
    "pointerdown",
    function (event) {
      pressed = { x: event.clientX, y: event.clientY };
    },
    true
  );

  document.addEventListener(
    "click",
    function (event) {
      var button = event.target.closest("button[data-map-mode]");
      if (button) {
        doing(root.dataset.mapDoing === button.dataset.mapMode ? "" : button.dataset.mapMode);
        return;
      }
      var cancel = event.target.closest("button[data-cancel-run]");
      if (cancel) {
        setProps("run-to-cancel", { data: { run: cancel.dataset.cancelRun, at: Date.now() } });
        return;
      }
      var copy = event.target.closest("button[data-copy-address]");
      if (copy) {
        copyAddress(copy);
        return;
      }
      var graph = event.target.closest("#graph-network .js-plotly-plot");
      if (!graph || !root.dataset.mapDoing) return;
      event.stopPropagation(); // the click is a place now, not the site that may be near it
      var dragged =
        pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > 4;
      var place = dragged ? null : placeAt(event, graph);
      if (!place) return;
      var click = { mode: root.dataset.mapDoing, lat: place.lat, lon: place.lng, at: Date.now() };
      setProps("network-click", { data: click });
      if (click.mode === "move") doing("");
    },
    true
  );

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") doing("");
  });

  function copyAddress(button) {
    var text = button.textContent;
    function told() {
      button.textContent = button.dataset.copyAddress;
      setTimeout(function () {
        button.textContent = text;
      }, 2000);
    }
    if (navigator.clipboard) navigator.clipboard.writeText(window.location.href).then(told, told);
    else told();
  }

  // Levers whose words hold what is looked for; groups without any are folded away.
  function filterLevers() {
    var search = document.getElementById("lever-search");
    var only = document.getElementById("lever-only-changed");
    var none = document.getElementById("lever-none");
    if (!search) return;
    var wanted = plain(search.value.trim());
    var changed = Boolean(only && only.checked);
    var total = 0;
    document.querySelectorAll(".lever-group").forEach(function (group) {
      var found = 0;
      var differ = 0;
      group.querySelectorAll(".lever-row").forEach(function (row) {
        var differs = row.dataset.changed === "yes";
        var shown = plain(row.dataset.words).includes(wanted) && (!changed || differs);
        row.hidden = !shown;
        found += shown ? 1 : 0;
        differ += differs ? 1 : 0;
      });
      total += found;
      group.hidden = !found;
      if (wanted || changed) group.open = true;
      var count = group.querySelector(".group-changed");
      count.textContent = differ ? count.dataset.text.replace("#", differ) : "";
    });
    if (none) none.hidden = total > 0;
  }

  function plain(text) {
    return (text || "")
      .toLowerCase()
      .normalize("NFD")
      .replace(/[\u0300-\u036f]/g, "")
      .replace(/đ/g, "d");
  }

  // --- the form: what is typed is sent, one message after the other, and kept in the browser
  // until the server has it, so that neither a slow line nor a reload loses any of it.
  var PAUSE_MS = 600; // after the last key
  var PATIENCE_MS = 20000; // for an answer
  var LOOK_MS = 10000; // for what others have changed
  var form = empty("", 0);

  function empty(scenario, version) {
    return { scenario: scenario, version: version, typed: {}, refused: {}, sent: null, timer: 0 };
  }

  function inputs() {
    return document.querySelectorAll("#lever-form [data-lever]");
  }

  function inputAt(path) {
    return document.querySelector('#lever-form [data-lever="' + CSS.escape(path) + '"]');
  }

  function storageKey() {
    return "centre-typed-" + form.scenario;
  }

  function remember() {
    var unsaved = Object.assign({}, form.refused, form.typed);
    try {
      if (Object.keys(unsaved).length) sessionStorage.setItem(storageKey(), JSON.stringify(unsaved));
      else sessionStorage.removeItem(storageKey());
    } catch (error) {
      /* no storage: what is not saved yet lasts until the page is left */
    }
  }

  function remembered() {
    try {
      return JSON.parse(sessionStorage.getItem(storageKey())) || {};
    } catch (error) {
      return {};
    }
  }

  function typedInto(path, text, wait) {
    form.typed[path] = text;
    remember();
    root.dataset.saving = "yes";
    clearTimeout(form.timer);
    form.timer = setTimeout(send, wait);
  }

  function send() {
    if (form.sent && Date.now() - form.sent.at < PATIENCE_MS) return;
    var typed = Object.assign({}, form.refused, form.typed);
    if (!Object.keys(form.typed).length) return;
    var seen = {};
    Object.keys(typed).forEach(function (path) {
      var input = inputAt(path);
      if (input) seen[path] = JSON.parse(input.dataset.seen);
      else delete typed[path];
    });
    form.sent = { at: Date.now(), typed: typed };
    setProps("lever-typed", {
      data: {
        scenario: form.scenario,
        version: form.version,
        sent: form.sent.at,
        typed: typed,
        seen: seen,
      },
    });
    form.timer = setTimeout(send, PATIENCE_MS + 100); // again, if no answer comes
  }

  // What the server says of every lever: what is wrong, what is saved, what others have changed.
  function told(answer) {
    if (!answer || answer.scenario !== form.scenario) return;
    var toMe = Boolean(form.sent) && form.sent.at === answer.sent;
    var mine = toMe ? form.sent.typed : {};
    if (toMe) form.sent = null;
    else form.typed = Object.assign({}, form.refused, form.typed); // it does not know of them
    Object.keys(mine).forEach(function (path) {
      if (form.typed[path] === mine[path]) delete form.typed[path];
      if (answer.problems.indexOf(path) >= 0) form.refused[path] = mine[path];
      else delete form.refused[path];
    });
    var others = takeValues(answer, mine);
    document.querySelectorAll("#lever-form .lever-row").forEach(function (row) {
      var now = answer.rows[row.dataset.path];
      if (!now) return;
      var state = row.querySelector(".lever-state");
      row.querySelectorAll("[aria-invalid]").forEach(function (input) {
        input.removeAttribute("aria-invalid");
      });
      if (state.dataset.now !== now[0]) {
        state.dataset.now = now[0];
        state.innerHTML = now[0];
      }
      row.dataset.changed = now[1];
    });
    answer.problems.forEach(function (path) {
      var input = inputAt(path);
      if (input) input.setAttribute("aria-invalid", "true");
    });
    form.version = answer.version;
    tellOfOthers(others, answer.others);
    filterLevers();
    remember();
    if (Object.keys(form.typed).length) send();
    else delete root.dataset.saving;
  }

  function takeValues(answer, mine) {
    var others = [];
    inputs().forEach(function (input) {
      var path = input.dataset.lever;
      var now = answer.values[path];
      if (!now) return;
      var seen = JSON.stringify(now[1]);
      var changed = JSON.stringify(JSON.parse(input.dataset.seen)) !== seen;
      var waiting = path in form.typed || path in form.refused;
      if (changed && answer.sent && !(path in mine) && !waiting) {
        others.push(input.closest(".lever-row").dataset.name);
      }
      input.dataset.seen = seen;
      if (!waiting && input.value !== now[0]) {
        if (!(input === document.activeElement && path in mine)) input.value = now[0];
      }
    });
    return others.filter(function (name, at) {
      return others.indexOf(name) === at;
    });
  }

  function tellOfOthers(names, text) {
    var place = document.getElementById("editor-others");
    if (!place || !names.length) return;
    var shown = names.slice(0, 5).join(", ") + (names.length > 5 ? ", …" : "");
    place.textContent = text.replace("#", shown);
    place.className = "notice";
    setTimeout(function () {
      if (place.textContent === text.replace("#", shown)) {
        place.textContent = "";
        place.className = "";
      }
    }, 15000);
  }

  // A form that was just put there: what was typed before a reload goes into it again.
  function formAppeared() {
    var box = document.getElementById("lever-form");
    if (!box || !box.querySelector("[data-lever]")) return;
    var fresh = box.querySelector(".lever-group");
    if (fresh.centreForm) return;
    fresh.centreForm = true;
    if (form.scenario !== box.dataset.scenario) {
      form = empty(box.dataset.scenario, Number(box.dataset.version));
      delete root.dataset.saving;
    }
    Object.entries(remembered()).forEach(function (entry) {
      var input = inputAt(entry[0]);
      if (!input || input.disabled) return;
      input.value = entry[1];
      typedInto(entry[0], entry[1], PAUSE_MS);
    });
    filterLevers();
  }

  new MutationObserver(formAppeared).observe(root, { childList: true, subtree: true });

  function isLever(node) {
    return node.matches && node.matches("#lever-form [data-lever]");
  }

  document.addEventListener("input", function (event) {
    if (isLever(event.target)) {
      var wait = event.target.tagName === "SELECT" ? 0 : PAUSE_MS;
      typedInto(event.target.dataset.lever, event.target.value, wait);
    }
  });

  // Leaving an input sends at once, and shows the value as it was understood.
  document.addEventListener("change", function (event) {
    if (!isLever(event.target) || !(event.target.dataset.lever in form.typed)) return;
    typedInto(event.target.dataset.lever, event.target.value, 0);
  });

  document.addEventListener("click", function (event) {
    var button = event.target.closest("#lever-form button[data-set]");
    if (!button) return;
    Object.entries(JSON.parse(button.dataset.set)).forEach(function (entry) {
      var input = inputAt(entry[0]);
      if (!input) return;
      input.value = entry[1];
      typedInto(entry[0], entry[1], 0);
      input.focus();
    });
  });

  // A row that is chosen from the list is put into the text of its lever, once.
  document.addEventListener("change", function (event) {
    var list = event.target;
    if (!list.matches || !list.matches("#lever-form select[data-append]") || !list.value) return;
    var input = inputAt(list.dataset.append);
    var lines = input.value.split("\n").filter(function (line) {
      return line.trim();
    });
    var code = list.value.split(":")[0];
    var known = lines.some(function (line) {
      return line.split(":")[0].trim() === code;
    });
    if (!known) {
      input.value = lines.concat(list.value).join("\n");
      typedInto(list.dataset.append, input.value, 0);
    }
    list.value = "";
    input.focus();
  });

  function lookForOthers() {
    if (document.hidden || form.sent || Object.keys(form.typed).length) return;
    var box = document.getElementById("lever-form");
    if (!box || box.dataset.scenario !== form.scenario) return;
    setProps("lever-typed", {
      data: { scenario: form.scenario, version: form.version, sent: Date.now(), typed: {} },
    });
  }
  setInterval(lookForOthers, LOOK_MS);
  document.addEventListener("visibilitychange", lookForOthers);

  document.addEventListener("input", function (event) {
    if (event.target.id === "lever-search") filterLevers();
  });
  document.addEventListener("change", function (event) {
    if (event.target.id === "lever-only-changed") filterLevers();
  });

  // The form of a site: whether it holds anything that is not saved, and what was there before.
  function saidBefore(ids, before) {
    return ids.map(function (id) {
      return (before || {})[id.field] || "";
    });
  }

  function filled(value) {
    return value === "*" || value == null ? "" : value; // "*": nothing chosen
  }

  function siteUnsaved(values, ids, before) {
    return values.map(filled).join("\n") === saidBefore(ids, before).join("\n");
  }

  function siteDiscarded(clicks, ids, before) {
    if (!clicks) return window.dash_clientside.no_update;
    return saidBefore(ids, before).map(function (value, at) {
      return value || (ids[at].field === "district" ? "*" : "");
    });
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.scenarios = {
    told: told,
    siteUnsaved: siteUnsaved,
    siteDiscarded: siteDiscarded,
  };
})();
