// What the pages do without the server: follow links, switch the theme, close menus, save images.
(function () {
  "use strict";

  function setProps(id, props) {
    if (window.dash_clientside && window.dash_clientside.set_props) {
      window.dash_clientside.set_props(id, props);
    }
  }

  // Plotly writes sizes in pixels; on a wall they follow the screen as all other text does.
  function look(theme) {
    var rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || 15;
    return { name: theme, scale: Math.max(1, Math.round((rem / 15) * 10) / 10) };
  }

  function follow(link) {
    var target = new URL(link.href, window.location.href);
    if (target.origin !== window.location.origin) return false;
    var samePage = target.pathname === window.location.pathname;
    window.history.pushState({}, "", target);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    if (!samePage) window.scrollTo(0, 0);
    return true;
  }

  function savePicture(button) {
    var graph = document.querySelector("#" + button.dataset.png + " .js-plotly-plot");
    if (!graph || !window.Plotly) return;
    var style = getComputedStyle(document.documentElement);
    var was = graph.layout.paper_bgcolor;
    // A picture is saved with the panel's ground, not a transparent one.
    window.Plotly.relayout(graph, { paper_bgcolor: style.getPropertyValue("--surface").trim() })
      .then(function () {
        return window.Plotly.downloadImage(graph, {
          format: "png",
          scale: 2,
          width: graph.offsetWidth,
          height: graph.offsetHeight,
          filename: button.dataset.png.replace("graph-", ""),
        });
      })
      .then(function () {
        return window.Plotly.relayout(graph, { paper_bgcolor: was });
      });
  }

  // The city fills the map whatever the size of the screen: longitude and latitude of its box.
  var CITY = { west: 105.27, east: 106.04, south: 20.55, north: 21.4 };

  function mercator(latitude) {
    var radians = (latitude * Math.PI) / 180;
    return Math.log(Math.tan(Math.PI / 4 + radians / 2)) / (2 * Math.PI);
  }

  function fitMap(graph) {
    var subplot = graph._fullLayout && graph._fullLayout.map && graph._fullLayout.map._subplot;
    var map = subplot && subplot.map;
    if (!map || !map.getContainer) return;
    var box = map.getContainer();
    var width = box.clientWidth - 16;
    var height = box.clientHeight - 16;
    if (width < 50 || height < 50) return;
    var tile = 512; // side of the world at zoom 0, in pixels
    var wide = Math.log2(width / ((tile * (CITY.east - CITY.west)) / 360));
    var high = Math.log2(height / (tile * (mercator(CITY.north) - mercator(CITY.south))));
    var zoom = Math.min(wide, high);
    if (Math.abs(map.getZoom() - zoom) > 0.01) map.setZoom(zoom);
  }

  var fitted = new WeakSet();
  function watchMap() {
    var graph = document.querySelector("#graph-map .js-plotly-plot");
    if (!graph || !graph.on || fitted.has(graph)) return;
    fitted.add(graph);
    graph.on("plotly_afterplot", function () {
      fitMap(graph);
    });
    fitMap(graph);
    new ResizeObserver(function () {
      fitMap(graph);
    }).observe(graph);
  }

  // Long tables come as text, already escaped by the server, and are put in place here.
  function fill(node) {
    if (node.centreHtml === node.dataset.html) return;
    var links = Array.from(node.querySelectorAll("a"));
    var focused = links.indexOf(document.activeElement);
    node.centreHtml = node.dataset.html;
    node.innerHTML = node.dataset.html;
    var again = node.querySelectorAll("a")[focused];
    if (again) again.focus({ preventScroll: true });
  }

  new MutationObserver(function (changes) {
    changes.forEach(function (change) {
      if (change.type === "attributes") fill(change.target);
      change.addedNodes.forEach(function (node) {
        if (node.nodeType !== 1) return;
        if (node.dataset.html) fill(node);
        node.querySelectorAll("[data-html]").forEach(fill);
      });
    });
    watchMap();
  }).observe(document.documentElement, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["data-html"],
  });

  // On paper figures are light, whatever the screen shows; they need a moment to be drawn anew.
  function printPage() {
    var shown = document.documentElement.dataset.bsTheme;
    if (shown !== "dark") return window.print();
    setProps("theme", { data: { name: "light", scale: 1 } });
    window.addEventListener(
      "afterprint",
      function () {
        setProps("theme", { data: look(shown) });
      },
      { once: true }
    );
    setTimeout(window.print.bind(window), 1500);
  }

  function closeMenus(except) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (menu !== except) menu.removeAttribute("open");
    });
  }

  document.addEventListener("click", function (event) {
    var inMenu = event.target.closest("details.menu");
    var link = event.target.closest("a[data-link]");
    var plain = !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (link && event.button === 0 && plain && follow(link)) {
      event.preventDefault();
      closeMenus(null);
      return;
    }
    closeMenus(inMenu);
    var button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.themeSet) {
      setProps("theme", { data: look(window.centreTheme.choose(button.dataset.themeSet)) });
    } else if (button.dataset.png) {
      savePicture(button);
    } else if (button.dataset.print) {
      printPage();
    } else if (button.dataset.toggleFilters) {
      var root = document.documentElement;
      var open = root.dataset.filters !== "open";
      root.dataset.filters = open ? "open" : "closed";
      button.setAttribute("aria-expanded", String(open));
    }
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    var open = document.querySelector("details.menu[open]");
    if (open) {
      open.removeAttribute("open");
      open.querySelector("summary").focus();
    }
  });

  // Tables behind charts are printed open.
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details.print-open").forEach(function (d) {
      d.dataset.wasOpen = String(d.open);
      d.open = true;
    });
  });
  window.addEventListener("afterprint", function () {
    document.querySelectorAll("details.print-open").forEach(function (d) {
      d.open = d.dataset.wasOpen === "true";
    });
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.centre = {
    describeDocument: function (about) {
      if (about) {
        document.title = about.title;
        document.documentElement.lang = about.lang;
      }
      return about ? about.lang : "vi";
    },
    searchFor: function (value) {
      var url = new URL(window.location.href);
      var wanted = (value || "").trim().slice(0, 80);
      if ((url.searchParams.get("q") || "") === wanted) return;
      if (wanted) url.searchParams.set("q", wanted);
      else url.searchParams.delete("q");
      window.history.replaceState({}, "", url);
      window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    },
    resolveTheme: function () {
      return look(window.centreTheme.apply());
    },
  };
  // A control that the server writes anew keeps the keyboard.
  var held = "";
  document.addEventListener("focusin", function (event) {
    held = event.target.closest(".filters select[id]") ? event.target.id : "";
  });
  document.addEventListener("pointerdown", function () {
    held = "";
  });
  new MutationObserver(function () {
    if (!held || document.activeElement !== document.body) return;
    var control = document.getElementById(held);
    if (control) control.focus({ preventScroll: true });
  }).observe(document.documentElement, { childList: true, subtree: true });

  window.centreTheme.onSystemChange(function (theme) {
    setProps("theme", { data: look(theme) });
  });
})();
