/** A QR code as one path of an SVG. Pure. */

/** White round the code that readers need, in modules. */
export const QUIET = 4;

/** `rows`: `1` is dark. Each run of dark modules in a row is one rectangle. */
export function qrPath(rows: readonly string[]): string {
  return rows
    .flatMap((row, y) =>
      [...row.matchAll(/1+/g)].map(
        ({ 0: run, index }) => `M${index + QUIET} ${y + QUIET}h${run.length}v1h-${run.length}z`,
      ),
    )
    .join('');
}
