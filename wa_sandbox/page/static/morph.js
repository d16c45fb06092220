// Changes one tree into another with as few changes as can be, so that focus, players, open menus and scrolling stay.

function isSame(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName && (one.id || "") === (other.id || "");
}

function copyAttributes(old, fresh) {
  for (const { name, value } of [...fresh.attributes]) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    const mine = name === "open" && old.nodeName === "DETAILS";
    if (!mine && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
}

function morphNode(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  copyAttributes(old, fresh);
  if (old.nodeName !== "TEXTAREA") morph(old, fresh);
}

export function morph(old, fresh) {
  const wantedIds = new Set([...fresh.children].map((child) => child.id).filter(Boolean));
  const known = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  let at = old.firstChild;
  const drop = () => {
    const next = at.nextSibling;
    at.remove();
    at = next;
  };
  for (const wanted of [...fresh.childNodes]) {
    while (at?.id && !wantedIds.has(at.id)) drop();
    const match = wanted.id ? known.get(wanted.id) : at && isSame(at, wanted) ? at : undefined;
    if (match === undefined || !isSame(match, wanted)) {
      old.insertBefore(wanted, at);
      continue;
    }
    if (match === at) at = at.nextSibling;
    else old.insertBefore(match, at);
    morphNode(match, wanted);
  }
  while (at) drop();
}
