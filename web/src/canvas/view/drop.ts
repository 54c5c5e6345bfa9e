/** The kind of data that a node type dragged from the palette is. */
export const DRAGGED_TYPE = 'application/x-atoll-node-type';
