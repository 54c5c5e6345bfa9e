import { expect, it } from 'vitest';
import { qrPath } from './qr';

it('draws each run of dark modules once', () => {
  expect(qrPath(['1101', '0000', '0010'])).toBe('M4 4h2v1h-2zM7 4h1v1h-1zM6 6h1v1h-1z');
});
