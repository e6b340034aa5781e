// Runs before the first paint: the theme a person chose, or the system's.
(function () {
  "use strict";
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");

  function wanted() {
    var asked = new URLSearchParams(window.location.search).get("theme");
    if (["light", "dark", "auto"].indexOf(asked) >= 0) return asked;
    try {
      return localStorage.getItem("centre-theme") || "auto";
    } catch (error) {
      return "auto";
    }
  }

  function apply() {
    var choice = wanted();
    var theme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
    root.dataset.bsTheme = theme;
    root.dataset.themeChoice = choice;
    return theme;
  }

  window.centreTheme = {
    apply: apply,
    choose: function (choice) {
      try {
        localStorage.setItem("centre-theme", choice);
      } catch (error) {
        /* private browsing: the choice lasts until the page is left */
      }
      var url = new URL(window.location.href);
      if (url.searchParams.has("theme")) {
        url.searchParams.delete("theme");
        window.history.replaceState({}, "", url);
      }
      return apply();
    },
    onSystemChange: function (callback) {
      dark.addEventListener("change", function () {
        callback(apply());
      });
    },
  };
  apply();
})();
