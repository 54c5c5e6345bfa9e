import { describe, expect, it } from 'vitest';
import { WIDTH } from '../graph/geometry';
import { around, type Box, besidePlace, freePlace } from './place';

const box = (x: number, y: number): Box => ({ x, y, width: WIDTH, height: 100 });
const touches = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

describe('a place for a new node', () => {
  it('is the wanted one where that is free, on the grid', () => {
    expect(freePlace([], { x: 13, y: 27 }, 100)).toEqual({ x: 10, y: 30 });
  });
  it('is near it where not, and over nothing', () => {
    const taken = [box(0, 0), box(0, 140), box(0, -140)];
    const place = freePlace(taken, { x: 0, y: 0 }, 100);
    expect(taken.some((one) => touches(one, { ...place, width: WIDTH, height: 100 }))).toBe(false);
    expect(Math.hypot(place.x, place.y)).toBeLessThan(500);
  });
  it('is found forty times in a row', () => {
    const taken: Box[] = [];
    for (let i = 0; i < 40; i++) {
      const next = { ...freePlace(taken, { x: 0, y: 0 }, 100), width: WIDTH, height: 100 };
      expect(taken.some((one) => touches(one, next))).toBe(false);
      taken.push(next);
    }
  });
  it('beside a node leaves room for the line', () => {
    expect(besidePlace(box(0, 40)).x).toBeGreaterThan(WIDTH + 40);
    expect(besidePlace(box(0, 40)).y).toBe(40);
  });
});

describe('a box around boxes', () => {
  it('holds them all', () => {
    expect(around([box(0, 0), box(300, -50)])).toEqual({ x: 0, y: -50, width: 300 + WIDTH, height: 150 });
    expect(around([])).toBeNull();
  });
});
