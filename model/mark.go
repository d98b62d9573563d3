package model

// MarkDocs bounds the documents of one mark.
const MarkDocs = 6

// Mark is a moment in the life of a few documents, by which their keeper tells later whether any of
// them was written since. It means something to the process only that made it; the zero mark says
// nothing about any document.
type Mark struct {
	N      int // documents
	Places [MarkDocs]uint32
	Seen   [MarkDocs]uint64
}
