/* Sections of the operations page ask for their numbers when somebody comes near them. */
(function () {
  "use strict";

  var NEAR = "600px";
  var asked = "";

  function tell(part) {
    var id = "seen-" + part.dataset.part;
    if (part.dataset.seen || !window.dash_clientside || !window.dash_clientside.set_props) return;
    part.dataset.seen = "1";
    window.dash_clientside.set_props(id, { data: true });
  }

  var watch = new IntersectionObserver(
    function (changes) {
      changes.forEach(function (change) {
        if (change.isIntersecting) tell(change.target);
      });
    },
    { rootMargin: NEAR }
  );

  function parts() {
    return document.querySelectorAll("[data-part]");
  }

  /* What is above a section grows while it loads; the section stays in view until somebody moves. */
  var held = null;
  function hold(part) {
    held = part;
    part.scrollIntoView();
    part.focus({ preventScroll: true });
  }
  var grown = new ResizeObserver(function () {
    if (held && held.isConnected) held.scrollIntoView();
  });
  ["wheel", "touchstart", "pointerdown", "keydown"].forEach(function (name) {
    window.addEventListener(name, function () { held = null; }, { passive: true, capture: true });
  });
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest(".parts-nav a");
    var part = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!part) return;
    event.preventDefault();
    hold(part);
  });

  /* An address may name a section (phan=…): it is shown, once for each address. */
  function go() {
    var name = new URLSearchParams(window.location.search).get("phan");
    var here = window.location.pathname + window.location.search;
    if (!name || asked === here) return;
    var found = document.getElementById("phan-" + name);
    if (!found) return;
    asked = here;
    hold(found);
  }

  new MutationObserver(function () {
    parts().forEach(function (part) {
      if (part.dataset.watched) return;
      part.dataset.watched = "1";
      grown.observe(part.parentElement);
      watch.observe(part);
    });
    go();
  }).observe(document.documentElement, { childList: true, subtree: true });

  /* The grid's script is large and no other page needs it; its section waits for it. */
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.operations = {
    loadGrid: function (address) {
      if (window.dash_ag_grid) return true;
      return new Promise(function (loaded, failed) {
        var script = document.createElement("script");
        script.src = address;
        script.onload = function () { loaded(true); };
        script.onerror = function () { script.remove(); failed(new Error(address)); };
        document.head.appendChild(script);
      });
    }
  };

  window.addEventListener("centre:complete", function () {
    parts().forEach(tell);
  });
})();
