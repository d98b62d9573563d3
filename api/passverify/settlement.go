package passverify

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"github.com/emmansun/gmsm/sm3"
)

const settlementType = "xinyi-settlement/1"

// Why a settlement is refused.
var (
	ErrSettlementMalformed = errors.New("settlement_malformed")
	ErrSettlementSignature = errors.New("settlement_signature") // by no key of the bundle
	ErrSettlementDigest    = errors.New("settlement_digest")    // the file is another one
	ErrSettlementTotals    = errors.New("settlement_totals")    // its rows add up to something else
)

// Settlement is what the issuer signed about a day of a partner's sites (日终结算).
type Settlement struct {
	Type      string   `json:"type"`
	Day       string   `json:"day"` // calendar date in Shanghai
	Partner   string   `json:"partner"`
	Sites     []string `json:"sites"`
	AsOf      string   `json:"asOf"`
	Final     bool     `json:"final"` // nothing of the day can change any more
	Algorithm string   `json:"digestAlgorithm"`
	Digest    string   `json:"digest"`
	Totals    Sums     `json:"totals"`
}

// Sums are the totals of a settlement; amounts in 分.
type Sums struct {
	Uses       int   `json:"uses"`
	Granted    int   `json:"granted"`
	Reversed   int   `json:"reversed"`
	Duplicates int   `json:"duplicates"`
	Unpriced   int   `json:"unpriced"`
	Companions int   `json:"companions"`
	Standard   int64 `json:"standardFen"`
	Due        int64 `json:"dueFen"`
	Relief     int64 `json:"reliefFen"`
	Difference int64 `json:"differenceFen"`
}

// OpenSettlement reads the member signed of GET /v1/settlements: a key of b vouches for it, file
// (GET /v1/settlements.csv of the same day and sites) has its digest, and the rows of file add
// up to its totals.
func (b *Bundle) OpenSettlement(signed, file []byte) (*Settlement, error) {
	var content signedContent
	if json.Unmarshal(signed, &content) != nil {
		return nil, ErrSettlementMalformed
	}
	body, err := unbase64(content.Payload)
	if err != nil {
		return nil, ErrSettlementMalformed
	}
	good := false
	for _, s := range content.Signatures {
		good = good || signatureGood(b.keys, settlementType, s, content.Payload)
	}
	if !good {
		return nil, ErrSettlementSignature
	}
	var s Settlement
	if json.Unmarshal(body, &s) != nil || s.Type != settlementType || s.Algorithm != "SM3" {
		return nil, ErrSettlementMalformed
	}
	if sum := sm3.Sum(file); hex.EncodeToString(sum[:]) != s.Digest {
		return nil, ErrSettlementDigest
	}
	if sums, err := addUp(file); err != nil || sums != s.Totals {
		return nil, ErrSettlementTotals
	}
	return &s, nil
}

// The columns that count.
const (
	columnKind = iota + 1
	columnResult
	columnStandard
	columnDue
	columnDifference
	columnCompanions
	columnReversed
)

var columnNames = map[string]int{"类别": columnKind, "结果": columnResult, "标准价_分": columnStandard, "应付_分": columnDue, "少付_分": columnDifference, "同行人": columnCompanions, "已撤销": columnReversed}

// addUp adds up the rows of the file.
func addUp(file []byte) (s Sums, err error) {
	rows := csv.NewReader(bytes.NewReader(file))
	head, err := rows.Read()
	if err != nil {
		return s, err
	}
	var at [columnReversed + 1]int
	for i, name := range head {
		at[columnNames[name]] = i
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return s, err
		}
		if err := s.add(func(column int) string { return row[at[column]] }); err != nil {
			return s, err
		}
	}
}

func (s *Sums) add(cell func(column int) string) error {
	difference, err := strconv.ParseInt(cell(columnDifference), 10, 64)
	switch {
	case err != nil:
		return err
	case cell(columnKind) == "重复使用":
		s.Duplicates++
		s.Difference += difference
		return nil
	case cell(columnReversed) != "":
		s.Reversed++
		return nil
	}
	companions, err := strconv.Atoi(cell(columnCompanions))
	if err != nil {
		return err
	}
	s.Uses++
	s.Companions += companions
	if cell(columnResult) == "享受优惠" {
		s.Granted++
	}
	s.Difference += difference
	standard, errStandard := strconv.ParseInt(cell(columnStandard), 10, 64)
	due, errDue := strconv.ParseInt(cell(columnDue), 10, 64)
	if errStandard != nil || errDue != nil {
		s.Unpriced++
		return nil
	}
	s.Standard += standard
	s.Due += due
	s.Relief += standard - due
	return nil
}
