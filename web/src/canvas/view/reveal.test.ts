import { describe, expect, it } from 'vitest';
import { revealed } from './reveal';

const SIZE = [1000, 800] as const;
const NOW = { x: 0, y: 0, zoom: 1 };
const box = (x: number, y: number, width: number, height: number) => ({ x, y, width, height });
const seen = (bounds: ReturnType<typeof box>, { x, y, zoom }: typeof NOW) =>
  bounds.x * zoom + x >= 0 &&
  bounds.y * zoom + y >= 0 &&
  (bounds.x + bounds.width) * zoom + x <= SIZE[0] &&
  (bounds.y + bounds.height) * zoom + y <= SIZE[1];

describe('what has just come to the canvas', () => {
  it('moves nothing where all of it is in view', () => {
    expect(revealed(box(100, 100, 300, 200), NOW, ...SIZE)).toBeNull();
  });
  it('is brought into view at the same zoom where it fits', () => {
    const bounds = box(900, 700, 300, 200);
    const view = revealed(bounds, NOW, ...SIZE);
    expect(view?.zoom).toBe(1);
    expect(view && seen(bounds, view)).toBe(true);
  });
  it('is seen from farther away where it is larger than the view', () => {
    const bounds = box(200, 200, 4000, 900);
    const view = revealed(bounds, NOW, ...SIZE);
    expect(view?.zoom).toBeLessThan(0.3);
    expect(view && seen(bounds, view)).toBe(true);
    const tall = box(0, 0, 100, 5000);
    expect(revealed(tall, NOW, ...SIZE)?.zoom).toBeLessThan(0.2);
  });
});
