/** What a secret's name may be, how it is used, and when it is due for a new value. Pure. */

const NAME = /^[A-Z][A-Z0-9_]{0,63}$/;
const HALF_A_YEAR = 182 * 86_400_000;

export const SHORTEST_VALUE = 8;

export const isName = (text: string) => NAME.test(text);

/** What somebody types becomes a name as they type: spaces and dashes are lines, small letters large ones. */
export const asName = (text: string) =>
  text
    .toUpperCase()
    .replace(/[\s-]+/g, '_')
    .replace(/[^A-Z0-9_]/g, '');

/** How a flow names it. */
export const reference = (name: string) => `{{ secrets.${name} }}`;

export const isOld = (updatedAt: number, now = Date.now()) => now - updatedAt > HALF_A_YEAR;
