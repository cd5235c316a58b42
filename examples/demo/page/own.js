// The customer's own page, as the layer's portal serves it, in a frame. What is decided there is seen here at once.

const frame = document.getElementById("own-frame");
const ADDRESS = "/rapport/me";
let isFresh = false;
let isAsked = false;

/** Says that something has changed; the page is asked for again when it is looked at. */
export function ownPageIsOld() {
  isFresh = false;
  showOwnPage();
}

/** Shows the page as it is now, where it is looked at. */
export function showOwnPage() {
  if (isFresh || !frame.checkVisibility()) return;
  [isFresh, isAsked] = [true, true];
  // In the place of the page before: the way back leads out of this page, not through all that it has shown.
  frame.contentWindow.location.replace(ADDRESS);
}

/** Calls when the customer has done something there. */
export function followOwnPage(acted) {
  frame.addEventListener("load", () => {
    if (isAsked) isAsked = false;
    else if (isFresh) acted();
  });
}
