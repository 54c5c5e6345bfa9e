import { expect, it } from 'vitest';
import { deviceOf, isPhone } from './device';

const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)';

it.each([
  [`${MAC} Chrome/142.0.0.0 Safari/537.36`, 'Chrome · macOS'],
  [`${MAC} Version/18.1 Safari/605.1.15`, 'Safari · macOS'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0 Safari/537.36 Edg/142.0', 'Edge · Windows'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0', 'Firefox · Linux'],
  ['Mozilla/5.0 (Linux; Android 15) Chrome/130 Mobile Safari/537.36 MicroMessenger/8.0', 'WeChat · Android'],
  ['curl/8.5.0', 'curl'],
  ['', ''],
])('%s', (agent, said) => expect(deviceOf(agent)).toBe(said));

it('knows what is held in the hand', () => {
  expect(isPhone('Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)')).toBe(true);
  expect(isPhone(MAC)).toBe(false);
});
