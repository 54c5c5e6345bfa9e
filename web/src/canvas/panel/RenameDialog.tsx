import { useState } from 'react';
import type { GraphNode } from '@/api/types';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { useEditor } from '../graph/store';
import { usePanelWords } from './words';

/** The id is what templates of other nodes name: they are rewritten with it. */
export function RenameDialog({ node, onClose }: { node: GraphNode; onClose(): void }) {
  const t = usePanelWords();
  const c = useCommon();
  const [id, setId] = useState(node.id);
  const [refused, setRefused] = useState(false);
  const taken = useEditor((state) => id !== node.id && state.doc.nodes.some((one) => one.id === id));
  const rename = () => {
    if (useEditor.getState().rename(node.id, id)) onClose();
    else setRefused(true);
  };
  return (
    <Dialog
      open
      size="small"
      title={t('renameId')}
      description={t('idHelp', { example: `{{ ${node.id}.…  }}`.replace('  ', ' ') })}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{c('cancel')}</Button>
          <Button variant="primary" onClick={rename}>
            {c('rename')}
          </Button>
        </>
      }
    >
      <Field label={t('nodeId')} error={taken ? t('idTaken') : refused ? t('faultName') : undefined}>
        {(control) => (
          <Input
            {...control}
            className="font-mono"
            spellCheck={false}
            autoComplete="off"
            value={id}
            onChange={(event) => {
              setId(event.target.value.trim());
              setRefused(false);
            }}
            onKeyDown={(event) => event.key === 'Enter' && !event.nativeEvent.isComposing && rename()}
          />
        )}
      </Field>
    </Dialog>
  );
}
