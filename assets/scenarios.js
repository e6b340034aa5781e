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
      var copy = event.target.closest("button[data-copy-address]");
      if (copy) {
        copyAddress(copy);
        return;
      }
      var graph = event.target.closest("#graph-network .js-plotly-plot");
      if (!graph || !root.dataset.mapDoing) return;
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
    if (!search) return;
    var wanted = plain(search.value.trim());
    var changed = Boolean(only && only.checked);
    document.querySelectorAll(".lever-group").forEach(function (group) {
      var found = 0;
      group.querySelectorAll(".lever-row").forEach(function (row) {
        var fits = plain(row.dataset.words).includes(wanted);
        var shown = fits && (!changed || row.dataset.changed === "yes");
        row.hidden = !shown;
        found += shown ? 1 : 0;
      });
      group.hidden = !found;
      if (wanted || changed) group.open = true;
    });
  }

  function plain(text) {
    return (text || "")
      .toLowerCase()
      .normalize("NFD")
      .replace(/[\u0300-\u036f]/g, "")
      .replace(/đ/g, "d");
  }

  document.addEventListener("input", function (event) {
    if (event.target.id === "lever-search") filterLevers();
  });
  document.addEventListener("change", function (event) {
    if (event.target.id === "lever-only-changed") filterLevers();
  });
})();
