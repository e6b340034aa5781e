// The access page: a file that is too large is refused before it is sent, the way to choose one has a
// name for those who cannot see it, and maps that were drawn with other outlines are drawn anew.
(function () {
  "use strict";

  function judge(files) {
    var place = document.getElementById("outlines-too-large");
    var file = files && files[0];
    if (!place || !file) return;
    var large = file.size > Number(place.dataset.mostBytes);
    var megabytes = (Math.ceil(file.size / 1e5) / 10).toLocaleString(document.documentElement.lang);
    place.textContent = large ? place.dataset.tooLarge.replace("{size}", megabytes) : "";
  }

  function inPanel(event) {
    return event.target.closest && event.target.closest(".outlines");
  }

  document.addEventListener(
    "change",
    function (event) {
      if (inPanel(event)) judge(event.target.files);
    },
    true,
  );
  document.addEventListener(
    "drop",
    function (event) {
      if (inPanel(event)) judge(event.dataTransfer && event.dataTransfer.files);
    },
    true,
  );

  // Dash draws a field for files without a label.
  new MutationObserver(function () {
    document.querySelectorAll("input[type=file]:not([aria-label])").forEach(function (input) {
      input.setAttribute("aria-label", input.parentElement.textContent.trim());
    });
  }).observe(document.documentElement, { childList: true, subtree: true });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.access = {
    reload: function (mark) {
      if (mark) {
        window.setTimeout(function () {
          window.location.reload();
        }, 1500);
      }
      return window.dash_clientside.no_update;
    },
  };
})();
