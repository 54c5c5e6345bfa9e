import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import Markdown from './Markdown';

it('opens the source of a chip, and leaves other brackets alone', async () => {
  const onCite = vi.fn();
  render(<Markdown text={'Grew 31% [1, 2], see [7] and `[1]`.'} cites={[1, 2]} onCite={onCite} />);
  const chips = screen.getAllByRole('button');
  expect(chips.map((chip) => chip.textContent)).toEqual(['1', '2']);
  if (chips[1]) await userEvent.click(chips[1]);
  expect(onCite).toHaveBeenCalledWith(2);
  expect(document.body.textContent).toContain('see [7] and [1]');
});

it('lets nothing through that runs, loads or posts', () => {
  const text = [
    '<script>alert(1)</script><img src=x onerror=alert(1)>',
    '[a](javascript:alert(1)) ![spy](http://evil.example/x.png)',
    '<iframe src="http://evil.example"></iframe><form action="http://evil.example"><input></form>',
    '[ok](https://example.com)',
  ].join('\n\n');
  const { container } = render(<Markdown text={text} />);
  expect(container.querySelectorAll('script, img, iframe, form, [onerror]')).toHaveLength(0);
  const links = [...container.querySelectorAll('a')];
  expect(links.every((link) => !/javascript/i.test(link.href))).toBe(true);
  const outside = links.find((link) => link.href.startsWith('https://example.com'));
  expect(outside?.rel).toContain('noopener');
});

it('says where a link leads, unless its own words do', () => {
  const text = '[our bank](https://evil.example/a) https://plain.example/b [here](/runs/1) [mail](mailto:a@b.example)';
  render(<Markdown text={text} />);
  const said = screen.getAllByRole('link').map((link) => link.textContent);
  expect(said).toEqual(['our bank (evil.example)', 'https://plain.example/b', 'here', 'mail']);
});

it('fetches no picture and offers to open it', () => {
  render(<Markdown text={'![chart](https://pictures.example/c.png?q=secret) ![inside](data:image/png;base64,AA)'} />);
  expect(document.querySelector('img')).toBeNull();
  const link = screen.getByRole('link');
  expect(link.getAttribute('href')).toBe('https://pictures.example/c.png?q=secret');
  expect(link.getAttribute('rel')).toContain('noreferrer');
  expect(link.textContent).toContain('pictures.example');
});

it('takes only what has a source for a source', () => {
  render(<Markdown text={'[9](#cite-9) and [1]'} cites={[1]} onCite={vi.fn()} />);
  expect(screen.getAllByRole('button').map((chip) => chip.textContent)).toEqual(['1']);
});
