// Package exchange reports 双公示 (行政许可 and 行政处罚) to the platform of the city (上级平台)
// and takes its receipts in.
//
//	records ─► Next (walk once, then the feed) ─► cells of the national fields ─► rows, sealed
//	                     │ position and rows in one batch, compared and swapped
//	                     ▼
//	      package: XK.csv CF.csv CX.csv manifest.json, SM3, chained ─► receipt ─► rejected rows ─► worklist
//
// A package is a pure function of the rows that were stored when it was filled, so it can be
// written again, byte for byte. What was sent once is sent again only when it says something
// else. The standard wants the numbers of natural persons; they stand in these files alone,
// sealed in the store, 0600 on disk, and each person's access log says that they were given.
// docs/upstream.md describes the files for whoever reads them.
package exchange
