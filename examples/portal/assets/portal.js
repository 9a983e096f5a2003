// Small things that a page without a script cannot do. Everything works without them.
"use strict";

(() => {
  // Copy buttons.
  for (const button of document.querySelectorAll("[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    const said = document.querySelector(`[data-copied="${button.dataset.copy}"]`);
    if (!field) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      let copied = false;
      try {
        await navigator.clipboard.writeText(field.value);
        copied = true;
      } catch {
        // Without permission, or over plain http to another machine: the old way. It takes the focus, perhaps from where the
        // keyboard has gone in the meantime.
        const focused = document.activeElement;
        field.select();
        copied = document.execCommand("copy");
        if (copied) focused?.focus();
      }
      if (said) said.textContent = copied ? "Copied." : "Press Ctrl+C to copy.";
    });
  }

  // An acceptance link has the code behind its "#". It goes into the box, and out of the address and the history.
  const KEY = "invitation-code";
  const box = document.querySelector("[data-code-form] textarea");
  const take = () => {
    // Other words there are places in the page.
    const linked = location.hash.startsWith("#clasp1_") ? location.hash.slice(1) : null;
    if (linked && (box || location.pathname === "/sign-in")) {
      history.replaceState(null, "", location.pathname + location.search);
    }
    if (box) {
      const code = linked ?? sessionStorage.getItem(KEY);
      sessionStorage.removeItem(KEY);
      if (code) box.value = code;
    } else if (linked && location.pathname === "/sign-in") {
      // Until the person is signed in, in this window alone.
      sessionStorage.setItem(KEY, linked);
    }
  };
  take();
  // Somebody pastes a link into the address of a page that is open: nothing is loaded.
  addEventListener("hashchange", take);

  // A page follows what happens to what it shows, but takes nothing away from whoever types, or has just clicked or
  // pressed a key: to load a page anew calls off what a click has asked for, and takes the focus away.
  const panel = document.querySelector("[data-state-url]");
  if (panel) {
    const every = Number(panel.dataset.stateEvery ?? 4000);
    const typed = () =>
      [...document.querySelectorAll("main input[type=text], main textarea")].some((field) => field.value !== field.defaultValue);
    const AT_REST = 10000;
    let used = -AT_REST;
    for (const event of ["pointerdown", "keydown", "click", "submit", "beforeunload"]) {
      addEventListener(event, () => (used = performance.now()), { capture: true });
    }
    const isInUse = () => typed() || performance.now() - used < AT_REST;
    const look = async () => {
      try {
        if (document.visibilityState === "visible" && !isInUse()) {
          const answer = await fetch(panel.dataset.stateUrl, { redirect: "error", cache: "no-store" });
          const hasChanged = answer.ok && (await answer.text()) !== panel.dataset.state;
          // Something may have been typed or clicked in the meantime.
          if (hasChanged && !isInUse()) {
            location.replace(location.pathname);
            return;
          }
        }
      } catch {
        // The server is away for a moment, or the session has ended: the next click will tell.
      }
      setTimeout(look, every);
    };
    setTimeout(look, every);
  }
})();
