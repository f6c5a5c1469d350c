// Draws each figure when it comes near the window, and everything before printing.
// The page's text and tables need none of this.
(function () {
  "use strict";
  var given = JSON.parse(document.getElementById("figures").textContent);
  var specs = given.figures;
  var places = Array.prototype.slice.call(document.querySelectorAll("[data-figure]"));
  var PAPER = 720; // pixels across a printed page
  var options = { displayModeBar: false, responsive: true, showTips: false };

  function start() {
    // The bundle is kept inert until the text has been painted: parsing it takes a moment.
    var bundle = document.getElementById("plotly-bundle");
    var script = document.createElement("script");
    script.textContent = bundle.textContent;
    document.body.appendChild(script);
    if (!window.Plotly) return fail();
    if (!("IntersectionObserver" in window)) return places.forEach(draw);
    var near = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) return;
        near.unobserve(entry.target);
        draw(entry.target);
      });
    }, { rootMargin: "500px" });
    places.forEach(function (place) { near.observe(place); });
  }

  function draw(place) {
    var spec = specs[place.dataset.figure];
    if (!spec || place.dataset.drawn) return;
    place.dataset.drawn = "yes";
    spec.data.forEach(function (trace) { trace.x = given.axes[trace.x]; }); // each list of dates is sent once
    window.Plotly.newPlot(place, spec.data, spec.layout, options);
  }

  function fail() {
    places.forEach(function (place) { place.textContent = "The figure could not be drawn; its numbers are in the tables."; });
  }

  var closed = [];
  function beforePrint() {
    closed = Array.prototype.filter.call(document.querySelectorAll("details"), function (item) { return !item.open; });
    closed.forEach(function (item) { item.open = true; });
    places.forEach(function (place) {
      if (window.Plotly) draw(place);
      // Too wide for paper: shrunk that far its text could not be read, so it is laid out anew.
      if (window.Plotly && place.clientWidth > PAPER) window.Plotly.relayout(place, { width: PAPER, height: place.clientHeight });
      // A drawing keeps its size in pixels; a view box lets the style sheet scale it to the paper.
      Array.prototype.forEach.call(place.querySelectorAll(".main-svg"), function (svg) {
        var width = parseFloat(svg.getAttribute("width")), height = parseFloat(svg.getAttribute("height"));
        if (!width || !height) return;
        svg.setAttribute("viewBox", "0 0 " + width + " " + height);
        place.style.setProperty("--ratio", width + " / " + height);
      });
    });
  }
  function afterPrint() {
    closed.forEach(function (item) { item.open = false; });
    closed = [];
    places.forEach(function (place) {
      Array.prototype.forEach.call(place.querySelectorAll(".main-svg"), function (svg) { svg.removeAttribute("viewBox"); });
      if (place.layout && place.layout.width === PAPER) window.Plotly.relayout(place, { width: null, height: null, autosize: true });
    });
  }
  window.addEventListener("beforeprint", beforePrint);
  window.addEventListener("afterprint", afterPrint);

  // Browsers open a closed <details> for a link into it; older ones need help.
  function reveal() {
    var target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    var details = target && target.closest("details");
    if (details && !details.open) { details.open = true; target.scrollIntoView(); }
  }
  window.addEventListener("hashchange", reveal);
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest('a[href^="#"]');
    if (link && link.hash === location.hash) reveal();
  });
  reveal();

  requestAnimationFrame(function () { setTimeout(start, 0); });
})();
