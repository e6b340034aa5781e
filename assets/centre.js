// What the pages do without the server: follow links, put choices into the address, switch the theme, close menus, save images.
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

  // A figure that is taken away while it is being drawn (another page, another theme) is no fault.
  function patient(plotly) {
    function wrap(owner, how) {
      var draw = owner[how];
      owner[how] = function (graph) {
        var made = draw.apply(this, arguments);
        if (!made || !made.catch) return made;
        return made.catch(function (error) {
          if (graph.isConnected && graph._fullLayout) throw error;
        });
      };
    }
    ["newPlot", "react", "redraw", "relayout", "restyle", "update"].forEach(function (how) {
      wrap(plotly, how);
    });
    wrap(plotly.Plots, "resize");
    return plotly;
  }

  // Plotly comes with the first figure.
  var plotly;
  Object.defineProperty(window, "Plotly", {
    configurable: true,
    enumerable: true,
    get: function () {
      return plotly;
    },
    set: function (loaded) {
      plotly = patient(loaded);
    },
  });

  function follow(link) {
    var target = new URL(link.href, window.location.href);
    if (target.origin !== window.location.origin) return false;
    var samePage = target.pathname === window.location.pathname;
    window.history.pushState({}, "", target);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    if (!samePage) window.scrollTo(0, 0);
    return true;
  }

  // A choice goes into the address at once: neither what the server is still asked for nor a list
  // that it writes anew can lose it. Values of which the page says that they are of no use go.
  function put(parameter, value) {
    var url = new URL(window.location.href);
    if ((url.searchParams.get(parameter) || "") === value) return;
    document.querySelectorAll("[data-unusable]").forEach(function (notice) {
      var key = notice.dataset.unusable;
      if (url.searchParams.get(key) === notice.dataset.value) url.searchParams.delete(key);
    });
    url.searchParams.delete("phan"); // the section that was gone to when the page was opened
    if (value) url.searchParams.set(parameter, value);
    else url.searchParams.delete(parameter);
    url.search = url.search.replace(/%2C/g, ","); // between scenarios, as links have it
    window.history.pushState({}, "", url);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  var LISTS = "[data-parameter] select";
  function about(list) {
    return list.closest("[data-parameter]").dataset;
  }

  document.addEventListener("change", function (event) {
    if (!event.target.matches(LISTS)) return;
    var list = event.target;
    put(about(list).parameter, list.value === about(list).default ? "" : list.value);
  });

  // Going back shows what was chosen before, even where the page had not come to change yet.
  window.addEventListener("popstate", function () {
    var asked = new URL(window.location.href).searchParams;
    document.querySelectorAll(LISTS).forEach(function (list) {
      var value = asked.get(about(list).parameter) || about(list).default;
      var known = Array.from(list.options).some(function (option) {
        return option.value === value;
      });
      if (known && list.value !== value) setProps(list.id, { value: value });
    });
  });

  // A saved picture stands on its own: large enough to be read, with title, period, place and
  // source, in the font of the page.
  var PICTURE = { width: 900, height: 440, mapHeight: 620, pad: 24, scale: 2 };

  // Plotly draws an empty box where a bought map would have its maker's name.
  var NO_CREDIT = "rect:has(+ .static-attribution){display:none}";

  // Breaks a text into lines that fit, for SVG knows no paragraphs.
  function wrapped(text, font, width) {
    var pen = document.createElement("canvas").getContext("2d");
    pen.font = font;
    return text.split(" ").reduce(function (lines, word) {
      var longer = lines.length ? lines[lines.length - 1] + " " + word : word;
      if (lines.length && pen.measureText(longer).width <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
      return lines;
    }, []);
  }

  function escaped(line) {
    return line.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  }

  function pictureOf(graph) {
    var style = getComputedStyle(document.documentElement);
    var shown = graph._fullLayout;
    var family = shown.font.family;
    var size = shown.font.size;
    var about = graph.layout.meta || {};
    var layout = JSON.parse(JSON.stringify(graph.layout));
    var width = Math.max(PICTURE.width, graph.offsetWidth);
    var inner = width - 2 * PICTURE.pad;
    function block(text, weight, points) {
      var lines = wrapped(text || "", weight + " " + points + "px " + family, inner);
      return { lines: lines.map(escaped), size: points, height: lines.length * points * 1.35 };
    }
    var title = block(about.title, 700, size * 1.4);
    var place = block(about.place, 400, size);
    var source = block(about.source, 400, size * 0.85);
    var margin = shown.margin;
    var head = PICTURE.pad + title.height + place.height + 12;
    var foot = PICTURE.pad + source.height + 8;
    // What the margins of the plot itself take on the screen, with its labels.
    var left = Math.max(margin.l, Math.ceil(shown._size.l)) + PICTURE.pad;
    var right = Math.max(margin.r, Math.ceil(shown._size.r)) + PICTURE.pad;
    var top = Math.max(margin.t, Math.ceil(shown._size.t));
    var bottom = Math.max(margin.b, Math.ceil(shown._size.b));
    var plain = Math.max(shown.map ? PICTURE.mapHeight : PICTURE.height, graph.offsetHeight);
    var height = Math.round(plain + head + foot);
    ["xaxis", "yaxis"].forEach(function (axis) {
      if (layout[axis]) layout[axis].automargin = false;
    });
    layout.autosize = false;
    layout.paper_bgcolor = style.getPropertyValue("--surface").trim();
    layout.margin = { l: left, r: right, t: top + head, b: bottom + foot, autoexpand: false };
    if (shown.map) {
      layout.map.center = shown.map.center;
      layout.map.zoom = zoomFor(width - left - right, plain - top - bottom, about.box);
    }
    layout.title = {
      text: "<b>" + title.lines.join("</b><br><b>") + "</b>",
      subtitle: { text: place.lines.join("<br>"), font: { family: family, size: place.size } },
      font: { family: family, size: title.size },
      automargin: false,
      x: PICTURE.pad / width,
      xanchor: "left",
      xref: "container",
      y: 1 - (PICTURE.pad + title.size) / height,
      yanchor: "bottom",
      yref: "container",
    };
    layout.annotations = (layout.annotations || []).concat({
      name: "source",
      text: source.lines.join("<br>"),
      font: { family: family, size: source.size },
      align: "left",
      showarrow: false,
      xref: "paper",
      x: 0,
      xanchor: "left",
      xshift: PICTURE.pad - left,
      yref: "paper",
      y: 0,
      yanchor: "top",
      yshift: -(bottom + 8),
    });
    return {
      figure: {
        data: graph.data,
        layout: layout,
        config: { locale: graph._context.locale, locales: graph._context.locales },
      },
      width: Math.round(width),
      height: height,
    };
  }

  function asDataUrl(address) {
    return fetch(address)
      .then(function (answer) {
        return answer.blob();
      })
      .then(function (blob) {
        return new Promise(function (done, failed) {
          var reader = new FileReader();
          reader.onload = function () {
            done(reader.result);
          };
          reader.onerror = failed;
          reader.readAsDataURL(blob);
        });
      });
  }

  // A picture made from SVG sees no font of the page: it must bring its own.
  var faces = null;
  function fontFaces() {
    faces =
      faces ||
      Promise.all(
        [400, 600, 700].map(function (weight) {
          return asDataUrl("/static/fonts/" + weight + ".ttf").then(function (url) {
            return (
              '@font-face{font-family:"Be Vietnam Pro";font-weight:' + weight + ";src:url(" + url + ")}"
            );
          });
        })
      ).then(function (rules) {
        return rules.join("");
      });
    return faces;
  }

  function drawn(svg, picture) {
    return new Promise(function (done, failed) {
      var image = new Image();
      image.onload = function () {
        var canvas = document.createElement("canvas");
        canvas.width = picture.width * PICTURE.scale;
        canvas.height = picture.height * PICTURE.scale;
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        canvas.toBlob(done, "image/png");
      };
      image.onerror = failed;
      image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    });
  }

  function savePicture(button) {
    var graph = document.querySelector("#" + button.dataset.png + " .js-plotly-plot");
    if (!graph || !window.Plotly || button.disabled) return;
    button.disabled = true;
    var picture = pictureOf(graph);
    var options = { format: "svg", width: picture.width, height: picture.height, imageDataOnly: true };
    Promise.all([window.Plotly.toImage(picture.figure, options), fontFaces()])
      .then(function (made) {
        return drawn(made[0].replace(/(<svg[^>]*>)/, "$1<style>" + made[1] + NO_CREDIT + "</style>"), picture);
      })
      .then(function (blob) {
        var saved = document.createElement("a");
        saved.href = URL.createObjectURL(blob);
        saved.download = button.dataset.png.replace("graph-", "") + ".png";
        saved.click();
        setTimeout(function () {
          URL.revokeObjectURL(saved.href);
        }, 60000);
      })
      .finally(function () {
        button.disabled = false;
      });
  }

  // The city fills the map whatever the size of the screen: longitude and latitude of its box.
  var CITY = { west: 105.27, east: 106.04, south: 20.55, north: 21.4 };

  function mercator(latitude) {
    var radians = (latitude * Math.PI) / 180;
    return Math.log(Math.tan(Math.PI / 4 + radians / 2)) / (2 * Math.PI);
  }

  function zoomFor(width, height, box) {
    box = box || CITY;
    var tile = 512; // side of the world at zoom 0, in pixels
    var wide = Math.log2((width - 16) / ((tile * (box.east - box.west)) / 360));
    var high = Math.log2((height - 16) / (tile * (mercator(box.north) - mercator(box.south))));
    return Math.min(wide, high);
  }
  window.centreMap = { zoomFor: zoomFor, CITY: CITY };

  function fitMap(graph) {
    var subplot = graph._fullLayout && graph._fullLayout.map && graph._fullLayout.map._subplot;
    var map = subplot && subplot.map;
    if (!map || !map.getContainer) return;
    var box = map.getContainer();
    if (box.clientWidth < 66 || box.clientHeight < 66) return;
    var zoom = zoomFor(box.clientWidth, box.clientHeight, boxOf(graph));
    if (Math.abs(map.getZoom() - zoom) > 0.01) map.setZoom(zoom);
  }

  var fitted = new WeakSet();
  var MAPS =
    "#graph-map, #graph-network, #graph-compare-map, #graph-communes, #graph-sites, #graph-sites-map";
  function watchMap() {
    document.querySelectorAll(MAPS).forEach(function (box) {
      var graph = box.querySelector(".js-plotly-plot");
      if (graph) watch(graph, box.id !== "graph-network");
      if (graph && box.id === "graph-map") chooseByClick(graph, "quan");
    });
  }

  // Plotly itself tells of the click: a callback would wait for the page that is still asked for.
  var clickable = new WeakSet();
  function chooseByClick(graph, parameter) {
    if (!graph.on || clickable.has(graph)) return;
    clickable.add(graph);
    graph.on("plotly_click", function (click) {
      var code = click.points[0].customdata;
      if (typeof code === "string" && code) put(parameter, code);
    });
  }

  // A map that a person may move is fitted once, the others whenever they are drawn.
  function watch(graph, always) {
    if (!graph.on || fitted.has(graph)) return;
    fitted.add(graph);
    var times = 0;
    graph.on("plotly_afterplot", function () {
      if (always || times++ < 2) fitMap(graph);
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

  // On paper figures are light, whatever the screen shows, and no section is missing: those that
  // nobody came near are asked for first, and printed as soon as nothing is awaited any more.
  var PATIENCE = 30000;
  var QUIET = 600;
  var AWAITED = "main .skeleton, [data-dash-is-loading=true]";

  function isThere() {
    return document.querySelector("main h1") !== null;
  }

  function isDrawn(graph) {
    var subplot = graph._fullLayout && graph._fullLayout.map && graph._fullLayout.map._subplot;
    return !subplot || !graph.offsetParent || (subplot.map && subplot.map.loaded());
  }

  function isComplete() {
    window.dispatchEvent(new CustomEvent("centre:complete"));
    if (document.querySelector(AWAITED)) return false;
    return Array.from(document.querySelectorAll(".js-plotly-plot")).every(isDrawn);
  }

  // Calls back once something has held for a while, or when patience ends.
  function onceHeld(holds, done) {
    var begun = Date.now();
    var since = begun;
    (function ask() {
      var now = Date.now();
      if (!holds()) since = now;
      if (now - since >= QUIET || now - begun > PATIENCE) done();
      else setTimeout(ask, 100);
    })();
  }

  function lightUntilPrinted(shown) {
    setProps("theme", { data: { name: "light", scale: 1 } });
    window.addEventListener(
      "afterprint",
      function () {
        setProps("theme", { data: look(shown) });
      },
      { once: true }
    );
  }

  var printing = false;
  function printPage() {
    if (printing) return;
    printing = true;
    onceHeld(isThere, function () {
      var shown = document.documentElement.dataset.bsTheme;
      if (shown === "dark") lightUntilPrinted(shown);
      onceHeld(isComplete, function () {
        printing = false;
        window.print();
      });
    });
  }

  document.addEventListener("keydown", function (event) {
    var asked = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
    if (!asked || event.key.toLowerCase() !== "p") return;
    event.preventDefault();
    printPage();
  });

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

  // On paper a figure is as wide as the sheet (assets/centre.css has the same width) and no higher
  // than a page; a map, which the printer cannot be waited for, goes there as a picture.
  var PAPER = { width: 656, height: 760, mapHeight: 520 };
  var onPaper = null;

  function pictured(map, box) {
    map.resize();
    map.setZoom(zoomFor(map.getContainer().clientWidth, map.getContainer().clientHeight, box));
    map.redraw();
    var picture = new Image();
    picture.className = "paper-map";
    picture.alt = "";
    picture.src = map.getCanvas().toDataURL();
    map.getContainer().appendChild(picture);
    return picture;
  }

  function boxOf(graph) {
    return (graph.layout.meta || {}).box;
  }

  // Flows move to another size by and by; a copy has it at once.
  function copied(graph, box, height) {
    var copy = document.createElement("div");
    var size = { autosize: false, width: PAPER.width, height: height };
    copy.className = "paper-copy";
    box.appendChild(copy);
    window.Plotly.newPlot(copy, graph.data, Object.assign({}, graph.layout, size), {
      staticPlot: true,
      locale: graph._context.locale,
      locales: graph._context.locales,
    });
    return copy;
  }

  function toPaper() {
    if (onPaper || !window.Plotly) return;
    onPaper = Array.from(document.querySelectorAll(".graph-box .js-plotly-plot"))
      .filter(function (graph) {
        return graph._fullLayout && graph.offsetParent;
      })
      .map(function (graph) {
        var box = graph.closest(".graph-box");
        var subplot = graph._fullLayout.map && graph._fullLayout.map._subplot;
        var height = Math.min(subplot ? PAPER.mapHeight : PAPER.height, graph._fullLayout.height);
        box.style.setProperty("--paper-height", height + "px");
        if (graph._fullData[0] && graph._fullData[0].type === "sankey") {
          return { graph: graph, copy: copied(graph, box, height) };
        }
        window.Plotly.relayout(graph, { autosize: false, width: PAPER.width, height: height });
        return { graph: graph, picture: subplot && subplot.map ? pictured(subplot.map, boxOf(graph)) : null };
      });
  }

  function fromPaper() {
    (onPaper || []).forEach(function (one) {
      if (one.picture) one.picture.remove();
      if (one.copy) {
        window.Plotly.purge(one.copy);
        one.copy.remove();
      } else if (one.graph.isConnected) {
        window.Plotly.relayout(one.graph, { autosize: true, width: null, height: null });
      }
    });
    onPaper = null;
  }

  // Tables behind charts are printed open.
  window.addEventListener("beforeprint", function () {
    toPaper();
    document.querySelectorAll("details.print-open").forEach(function (d) {
      d.dataset.wasOpen = String(d.open);
      d.open = true;
    });
  });
  window.addEventListener("afterprint", function () {
    fromPaper();
    document.querySelectorAll("details.print-open").forEach(function (d) {
      d.open = d.dataset.wasOpen === "true";
    });
  });
  window.matchMedia("print").addEventListener("change", function (media) {
    if (media.matches) toPaper();
    else fromPaper();
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
    whatIsNew: function (told, known) {
      if (JSON.stringify(told) === JSON.stringify(known)) return window.dash_clientside.no_update;
      return told;
    },
  };
  // A control that the server writes anew keeps the keyboard.
  var held = "";
  document.addEventListener("focusin", function (event) {
    held = event.target.closest(LISTS) ? event.target.id : "";
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
