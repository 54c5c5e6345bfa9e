import { render, screen, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { ALONE, Form, type FormContext } from '../context';
import { CodeField } from './Code';

// jsdom lays nothing out, and the editor asks where its cursor is.
Range.prototype.getClientRects = () => [] as unknown as DOMRectList;

const spec = { name: 'code', schema: {}, hints: { language: 'python' }, required: false };
const rest = {
  spec: spec as never,
  root: {},
  onChange: () => undefined,
  pointer: '/code',
  control: { id: 'code', 'aria-labelledby': 'l' },
  label: 'Code',
};

function field(value: string, fault: FormContext['fault']) {
  return (
    <Form value={{ ...ALONE, fault }}>
      <CodeField {...rest} value={value} />
    </Form>
  );
}

it('marks the line that failed until the code is another, and again when that fails', async () => {
  const { container, rerender } = render(field('a\nb', { run: 'run_1', line: 2 }));
  await waitFor(() => expect(container.querySelector('.cm-faulty')?.textContent).toBe('b'));
  expect(screen.getByText(/2/, { selector: 'p' })).toBeTruthy();
  rerender(field('a\nbc', { run: 'run_1', line: 2 }));
  await waitFor(() => expect(container.querySelector('.cm-faulty')).toBeNull());
  rerender(field('a\nbc', { run: 'run_2', line: 2 }));
  await waitFor(() => expect(container.querySelector('.cm-faulty')?.textContent).toBe('bc'));
  rerender(field('a\nbc', { run: 'run_3', line: 9 }));
  await waitFor(() => expect(container.querySelector('.cm-faulty')).toBeNull());
});
