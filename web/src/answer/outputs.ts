/** What to show of a run's outputs: texts as Markdown, the rest as JSON; while it runs, what has streamed. Pure. */

export interface Shown {
  name: string;
  value: string;
  markdown: boolean;
}

export function shownOutputs(
  outputs: Record<string, unknown> | null,
  streamed: { node: string; text: string }[],
): Shown[] {
  const final = Object.entries(outputs ?? {})
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) =>
      typeof value === 'string'
        ? { name, value, markdown: true }
        : { name, value: JSON.stringify(value, null, 2), markdown: false },
    );
  if (final.length) return final;
  return streamed.map(({ node, text }) => ({ name: node, value: text, markdown: true }));
}
