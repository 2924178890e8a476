/* Tooltips for people with a mouse. The page is complete without this file.
 *
 * On devices with a fine pointer that can hover, a picture is replaced by the same chart, drawn by the same library from
 * the same description, when the pointer first reaches it. A page made without a browser (data-charts="live") has no
 * pictures: there every chart is drawn at once, on every device. Whatever fails, the picture and the table stay.
 * No network: the library stands beside this file.
 */
"use strict";

(function () {
  const live = document.documentElement.dataset.charts === "live";
  if (!live && !window.matchMedia("(hover: hover) and (pointer: fine)").matches) {
    return;
  }
  const library = new URL("plotly.min.js", document.currentScript.src).href;
  const settings = {
    displayModeBar: false,
    displaylogo: false,
    showSendToCloud: false,
    plotlyServerURL: "",
    scrollZoom: false,
    doubleClick: false,
    showTips: false,
    responsive: false,
  };
  const drawn = new Map(); // frame -> {picture, chart}
  let loading = null;

  function load() {
    if (loading === null) {
      loading = new Promise(function (resolve, reject) {
        const script = document.createElement("script");
        script.src = library;
        script.onload = function () {
          return window.Plotly ? resolve(window.Plotly) : reject(new Error("library without Plotly"));
        };
        script.onerror = function () {
          reject(new Error("library not found"));
        };
        document.head.appendChild(script);
      });
    }
    return loading;
  }

  function description(frame, narrow) {
    const holder = document.getElementById("figure-" + frame.dataset.figure);
    if (holder === null) {
      return null;
    }
    const both = JSON.parse(holder.textContent);
    return (narrow && both.narrow) || both.wide || null;
  }

  function restore(frame) {
    const state = drawn.get(frame);
    drawn.delete(frame);
    if (state && state.picture) {
      state.chart.remove();
      state.picture.style.display = "";
    }
  }

  /* Draw one figure in place of its picture (or, in a live page, in its empty place). */
  function draw(frame) {
    if (drawn.has(frame)) {
      return;
    }
    const picture = frame.querySelector("picture");
    const image = picture && picture.querySelector("img");
    const place = frame.querySelector("[data-chart-place]");
    const box = image || place;
    if (!box) {
      return;
    }
    const width = Math.round(box.clientWidth);
    const chosen = description(frame, width < 600);
    if (chosen === null || width === 0) {
      return;
    }
    const chart = document.createElement("div");
    chart.className = "chart-live";
    chart.setAttribute("role", "img");
    chart.setAttribute("aria-label", image ? image.alt : place.getAttribute("aria-label"));
    drawn.set(frame, { picture: picture, chart: chart });
    load()
      .then(function (Plotly) {
        if (!drawn.has(frame)) {
          return null;
        }
        const height = image ? Math.round(image.clientHeight) : chosen.layout.height;
        const layout = Object.assign({}, chosen.layout, { width: width, height: height });
        if (image) {
          picture.style.display = "none";
          picture.after(chart);
        } else {
          place.removeAttribute("role");
          place.removeAttribute("aria-label");
          place.replaceChildren(chart);
        }
        return Plotly.newPlot(chart, chosen.data, layout, settings);
      })
      .catch(function () {
        restore(frame);
      });
  }

  function start() {
    document.querySelectorAll("[data-figure]").forEach(function (frame) {
      if (live) {
        draw(frame);
      } else {
        frame.addEventListener("pointerenter", function () {
          draw(frame);
        });
      }
    });
    if (!live) {
      window.addEventListener("beforeprint", function () {
        Array.from(drawn.keys()).forEach(restore);
      });
      window.addEventListener("resize", function () {
        Array.from(drawn.keys()).forEach(restore);
      });
    }
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
