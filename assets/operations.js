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

  /* An address may name a section (phan=…): it is shown, once for each address. */
  function go() {
    var name = new URLSearchParams(window.location.search).get("phan");
    var here = window.location.pathname + window.location.search;
    if (!name || asked === here) return;
    var found = document.getElementById("phan-" + name);
    if (!found) return;
    asked = here;
    found.scrollIntoView();
    found.focus({ preventScroll: true });
  }

  new MutationObserver(function () {
    parts().forEach(function (part) {
      if (part.dataset.watched) return;
      part.dataset.watched = "1";
      watch.observe(part);
    });
    go();
  }).observe(document.documentElement, { childList: true, subtree: true });

  window.addEventListener("beforeprint", function () {
    parts().forEach(tell);
  });
})();
