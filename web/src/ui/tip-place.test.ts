import { expect, it } from 'vitest';
import { tipPlace } from './tip-place';

const WINDOW = { width: 1000, height: 600 };
const TIP = { width: 100, height: 20 };
const at = (left: number, top: number) => ({ left, top, width: 40, height: 30 });

it('goes beside its control, in the middle', () => {
  expect(tipPlace(at(500, 300), TIP, 'bottom', WINDOW)).toEqual({ left: 470, top: 336 });
  expect(tipPlace(at(500, 300), TIP, 'right', WINDOW)).toEqual({ left: 546, top: 305 });
});

it('turns where there is no room, and never leaves the window', () => {
  expect(tipPlace(at(500, 560), TIP, 'bottom', WINDOW).top).toBe(534);
  expect(tipPlace(at(950, 300), TIP, 'right', WINDOW).left).toBe(844);
  expect(tipPlace(at(0, 0), TIP, 'top', WINDOW)).toEqual({ left: 8, top: 36 });
  expect(tipPlace(at(980, 300), TIP, 'bottom', WINDOW).left).toBe(892);
});
