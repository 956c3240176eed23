/** Where the focus goes when what had it is gone: whoever uses a keyboard would begin at the top again otherwise. */

/** What tells where somebody is. */
const HEADINGS = 'h1, h2, h3, h4';

/** Watches all that is inside of `within`; gives what ends that. */
export function keepFocus(within: HTMLElement): () => void {
  /** What has the focus, and all that it stands in, innermost first. */
  let path: readonly Element[] = [];
  const moved = ({ target }: FocusEvent) => {
    path = target instanceof Element ? pathTo(target, within) : [];
  };
  const look = (changes: readonly MutationRecord[]) => {
    const [had, ...around] = path;
    if (!had || had.isConnected || document.activeElement !== document.body) return;
    focus(newHeading(changes) ?? headingOf(around.filter(({ isConnected }) => isConnected)) ?? within);
  };
  const observer = new MutationObserver(look);
  document.addEventListener('focusin', moved);
  observer.observe(within, { childList: true, subtree: true });
  return () => {
    document.removeEventListener('focusin', moved);
    observer.disconnect();
  };
}

function pathTo(inner: Element, outer: Element): Element[] {
  const path: Element[] = [];
  for (let at: Element | null = inner; at && outer.contains(at); at = at.parentElement) path.push(at);
  return path;
}

/** Of what took the place, as the next step of a form does. */
function newHeading(changes: readonly MutationRecord[]): HTMLElement | undefined {
  for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
    if (!(node instanceof HTMLElement) || !node.isConnected || node.closest('.banners')) continue;
    const heading = node.matches(HEADINGS) ? node : node.querySelector<HTMLElement>(HEADINGS);
    if (heading) return heading;
  }
  return undefined;
}

/** The nearest one above what is gone. */
function headingOf(around: readonly Element[]): HTMLElement | undefined {
  for (const place of around) {
    const heading = place.querySelector<HTMLElement>('h1') ?? place.querySelector<HTMLElement>(HEADINGS);
    if (heading) return heading;
  }
  return undefined;
}

function focus(place: HTMLElement): void {
  if (!place.hasAttribute('tabindex')) place.tabIndex = -1;
  place.focus({ preventScroll: place.tagName === 'MAIN' });
}
