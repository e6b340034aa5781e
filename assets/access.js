// The access page: a file that is too large is refused before it is sent, and maps that were drawn
// with other outlines are drawn anew.
(function () {
  "use strict";

  function refuse(files) {
    var said = document.getElementById("outlines-said");
    var file = files && files[0];
    if (!said || !file || file.size <= Number(said.dataset.mostBytes)) return;
    var megabytes = Math.ceil(file.size / 1e5) / 10;
    var shown = megabytes.toLocaleString(document.documentElement.lang);
    said.textContent = said.dataset.tooLarge.replace("{size}", shown);
  }

  document.addEventListener(
    "change",
    function (event) {
      if (event.target.closest && event.target.closest(".outlines")) refuse(event.target.files);
    },
    true,
  );
  document.addEventListener(
    "drop",
    function (event) {
      if (event.target.closest && event.target.closest(".outlines"))
        refuse(event.dataTransfer && event.dataTransfer.files);
    },
    true,
  );

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.access = {
    reload: function (mark) {
      if (mark) window.setTimeout(function () { window.location.reload(); }, 1500);
      return window.dash_clientside.no_update;
    },
  };
})();
