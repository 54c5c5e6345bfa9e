/** What was asked on this page so far, newest first. Pure. */

export interface Asked {
  runId: string;
  /** The form's texts, to ask the same again. */
  texts: Readonly<Record<string, string>>;
  question: string;
}

const LONGEST = 400;

/** What a run is known by: the first text that was entered. */
export function questionIn(inputs: Readonly<Record<string, unknown>>): string {
  const texts = Object.values(inputs).filter((value): value is string => typeof value === 'string');
  const text = (texts.find((one) => one.trim()) ?? '').trim();
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
