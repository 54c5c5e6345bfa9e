import { expect, it } from 'vitest';
import { closedPlace } from './navigation';

it.each([
  ['/secrets', ['app.read'], '/secrets'],
  ['/knowledge', ['system.read'], '/knowledge'],
  ['/knowledge', ['dataset.read'], undefined],
  ['/people', ['key.read'], undefined],
  ['/apps', [], undefined],
  ['/', [], undefined],
])('%s is closed to those who may only %j: %s', (at, may, closed) => {
  const found = closedPlace(
    (to) => to === at,
    (permission) => may.includes(permission),
  );
  expect(found?.to).toBe(closed);
});
