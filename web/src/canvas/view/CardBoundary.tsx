import { TriangleAlert } from 'lucide-react';
import { Component, type ReactNode } from 'react';
import { useWords } from './words';

interface Props {
  id: string;
  children: ReactNode;
}

/** One broken card does not take the canvas with it: the flow stays editable. */
export class CardBoundary extends Component<Props, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    return this.state.broken ? <BrokenCard id={this.props.id} /> : this.props.children;
  }
}

function BrokenCard({ id }: { id: string }) {
  const t = useWords();
  return (
    <div data-card={id} tabIndex={-1} className="node-card is-unknown flex items-center gap-2.5 px-3 text-sm">
      <TriangleAlert size={16} aria-hidden="true" className="shrink-0 text-warn" />
      <span className="min-w-0 flex-1 text-ink-2">
        {t('cardBroken')} <span className="font-mono text-xs">{id}</span>
      </span>
    </div>
  );
}
