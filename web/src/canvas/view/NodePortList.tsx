/** Ports of a card: names in rows, dots on its edges. Rows and dots are where geometry says, to the pixel. */
import { Handle, Position } from '@xyflow/react';
import { type CSSProperties, memo } from 'react';
import type { NodePorts } from '@/api/types';
import { useText } from '@/i18n';
import { cn } from '@/lib/cn';
import { branchHandle, inHandle, NODE_IN, NODE_OUT, outHandle } from '../graph/document';
import { HEAD, ROW } from '../graph/geometry';
import { fits, useConnecting } from './connecting';
import { hueOfType, shapeOf, typeName } from './portType';
import { useWords } from './words';

interface Props {
  id: string;
  ports: NodePorts;
  connectable: boolean;
}

export const NodePortList = memo(function NodePortList({ id, ports, connectable }: Props) {
  const text = useText();
  const shared = { id, connectable };
  return (
    <>
      {ports.inputs.map((port, row) => (
        <Port
          key={port.name}
          {...shared}
          side="target"
          row={row}
          handle={inHandle(port.name)}
          label={text(port.label) || port.name}
          type={port.type}
          required={port.required}
        />
      ))}
      {ports.outputs.map((port, row) => (
        <Port
          key={port.name}
          {...shared}
          side="source"
          row={row}
          handle={outHandle(port.name)}
          label={text(port.label) || port.name}
          type={port.type}
        />
      ))}
      {ports.branches.map((branch, row) => (
        <Port
          key={branch.id}
          {...shared}
          side="source"
          row={ports.outputs.length + row}
          handle={branchHandle(branch.id)}
          label={text(branch.label) || branch.id}
          type={null}
        />
      ))}
      {!ports.inputs.length && <Port {...shared} side="target" handle={NODE_IN} type={null} />}
      {!ports.outputs.length && !ports.branches.length && (
        <Port {...shared} side="source" handle={NODE_OUT} type={null} />
      )}
    </>
  );
});

interface PortProps {
  id: string;
  side: 'source' | 'target';
  handle: string;
  /** None: a card without ports on this side, where only the order can be set. */
  row?: number;
  label?: string;
  /** Null: a way out, or the order alone. */
  type: string | null;
  required?: boolean;
  connectable: boolean;
}

const Port = memo(function Port({ id, side, handle, row, label, type, required, connectable }: PortProps) {
  const t = useWords();
  const fit = useConnecting(({ fitting }) => fitting && (fits(fitting, id, side, type) ? 'yes' : 'no'));
  const top = row === undefined ? HEAD / 2 : HEAD + row * ROW + ROW / 2;
  const said = type === null ? (row === undefined ? t('orderOnly') : t('branch')) : typeName(t, type);
  const left = side === 'target';
  return (
    <>
      {label !== undefined && (
        <span
          className={cn('port-name', left ? 'is-in' : 'is-out', type === null && 'is-branch')}
          style={{ top: top - 8 }}
        >
          {label}
          {required && <span className="text-bad"> *</span>}
        </span>
      )}
      <Handle
        type={side}
        id={handle}
        position={left ? Position.Left : Position.Right}
        isConnectable={connectable}
        className="port-dot"
        data-shape={type === null ? (row === undefined ? 'order' : 'branch') : shapeOf(type)}
        data-fit={fit ?? undefined}
        title={label === undefined ? said : `${label} · ${said}`}
        style={{ top, '--dot': hueOfType(type) } as CSSProperties}
      />
    </>
  );
});
