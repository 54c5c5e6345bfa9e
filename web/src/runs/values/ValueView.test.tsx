import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import { usePreferences } from '@/i18n';
import { ValueList } from './ValueList';
import { ValueView } from './ValueView';

beforeEach(() => {
  usePreferences.setState({ language: 'en' });
  // jsdom has no layout: without a height the virtual tree would have no rows.
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(360);
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(400);
});

const show = (value: unknown, query = '') =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <ValueView value={value} name="result" query={query} />
    </QueryClientProvider>,
  );

it('shows a text with its line breaks, and all of a long one when asked', async () => {
  const text = Array.from({ length: 30 }, (_, n) => `line ${n}`).join('\n');
  const { container } = show(text);
  expect(container.textContent).not.toContain('line 29');
  await userEvent.click(screen.getByRole('button', { name: /Show all/ }));
  expect(container.textContent).toContain('line 29');
  await userEvent.click(screen.getByRole('button', { name: 'Show less' }));
  expect(container.textContent).not.toContain('line 29');
});

it('finds in the folded part of a text', () => {
  show(`${'word '.repeat(1000)}needle`, 'needle');
  expect(document.querySelector('mark')?.textContent).toBe('needle');
});

it('is a tree that arrows walk, unfold and fold', async () => {
  show({ user: { name: 'Ann', tags: ['a', 'b'] }, n: 1, many: Array(100).fill(0) });
  const tree = screen.getByRole('tree', { name: 'result' });
  const row = (name: RegExp) => within(tree).getByRole('treeitem', { name });
  expect(row(/^many/).getAttribute('aria-expanded')).toBe('false');
  tree.focus();
  await userEvent.keyboard('{ArrowDown}');
  expect(tree.getAttribute('aria-activedescendant')).toBe(row(/^user/).id);
  await userEvent.keyboard('{ArrowLeft}');
  expect(row(/^user/).getAttribute('aria-expanded')).toBe('false');
  expect(within(tree).queryByText('"Ann"')).toBeNull();
  await userEvent.keyboard('{ArrowRight}{ArrowRight}');
  expect(tree.getAttribute('aria-activedescendant')).toBe(row(/^name/).id);
  await userEvent.keyboard('{ArrowLeft}');
  expect(tree.getAttribute('aria-activedescendant')).toBe(row(/^user/).id);
});

it('draws only rows in view of a very long list', async () => {
  show(Array.from({ length: 900 }, (_, n) => n));
  expect(screen.getAllByRole('treeitem').length).toBeLessThan(60);
});

it('shows passages as cards that open their page', async () => {
  vi.stubGlobal(
    'fetch',
    vi.fn(() => new Promise(() => {})),
  );
  show([{ text: 'It grew.', document_id: 'd1', document_name: 'report.pdf', dataset: 'reports', page: 3, score: 0.9 }]);
  await userEvent.click(screen.getByRole('button', { name: /report\.pdf/ }));
  expect(within(await screen.findByRole('dialog', {}, { timeout: 5000 })).getByText('It grew.')).toBeTruthy();
});

it('names every value with its kind, and copies it whole', async () => {
  const user = userEvent.setup();
  render(<ValueList values={{ rows: [1, 2], note: 'hi', gone: null }} />);
  expect(screen.getByText('list · 2 items')).toBeTruthy();
  expect(screen.getByText('No value')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Copy rows' }));
  expect(await navigator.clipboard.readText()).toBe('[\n  1,\n  2\n]');
});
