/** What a person entered or chose in the drawer, kept in this browser: texts per app for the session, the height. */
type Texts = Record<string, string>;

const HEIGHT = 'atoll.drawer';
const inputsOf = (appId: string) => `atoll.inputs.${appId}`;

// Storage may be forbidden; what was entered then lasts for the page.
function read(storage: () => Storage, key: string): string | null {
  try {
    return storage().getItem(key);
  } catch {
    return null;
  }
}

function write(storage: () => Storage, key: string, value: string) {
  try {
    storage().setItem(key, value);
  } catch {
    // see read
  }
}

const session = () => sessionStorage;
const local = () => localStorage;

export function keptTexts(appId: string): Texts {
  try {
    const kept: unknown = JSON.parse(read(session, inputsOf(appId)) ?? '{}');
    const entries = Object.entries(kept && typeof kept === 'object' ? kept : {});
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    return {};
  }
}

export const keepTexts = (appId: string, texts: Texts) => write(session, inputsOf(appId), JSON.stringify(texts));

export const MIN_HEIGHT = 160;
export const DEFAULT_HEIGHT = 320;

/** The canvas keeps a part of the window, however far the edge is dragged. */
export const maxHeight = (windowHeight: number) => Math.max(MIN_HEIGHT, Math.round(windowHeight * 0.7));

export const clampHeight = (height: number, windowHeight: number) =>
  Math.round(Math.min(maxHeight(windowHeight), Math.max(MIN_HEIGHT, height)));

export function keptHeight(windowHeight: number): number {
  const kept = Number(read(local, HEIGHT));
  return clampHeight(kept > 0 ? kept : DEFAULT_HEIGHT, windowHeight);
}

export const keepHeight = (height: number) => write(local, HEIGHT, String(height));
