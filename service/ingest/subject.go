package ingest

import (
	"encoding/json"
	"slices"

	"xinyi/model"
	"xinyi/policy/compliance"
)

// subject gives the subject of an item, made or updated by what the row says about it.
// ok is false when the row was rejected.
func (r *run) subject(d *draft, it *item) (id model.SubjectID, ok bool, err error) {
	switch {
	case it.uscc == "":
		return r.person(d, it)
	case it.file != nil:
		id, ok = d.register(it)
	default:
		id, ok = d.organisation(it)
	}
	return id, ok, nil
}

// person finds a person by the blind indexes of the number, or makes a new one.
func (r *run) person(d *draft, it *item) (id model.SubjectID, ok bool, err error) {
	for _, index := range it.indexes {
		if id, ok = d.persons[index]; ok {
			break
		}
	}
	if !ok {
		if id, err = r.newPerson(d, it); err != nil {
			return "", false, err
		}
	}
	name, err := r.nameOf(d, d.files[id])
	if err != nil {
		return "", false, err
	}
	if name != it.identity.Name {
		d.reject(it, compliance.NameMismatch, "name", "name_mismatch", "姓名与该身份号码已登记的姓名不一致，请核对。")
		return "", false, nil
	}
	if it.file != nil {
		f := d.touch(id)
		f.Division, f.DeedsOptOut = it.file.Division, it.file.DeedsOptOut
		if f.LevelChosenAt.IsZero() { // what the person chose stays
			f.LevelOptIn = it.file.LevelOptIn
		}
	}
	return id, true, nil
}

func (r *run) newPerson(d *draft, it *item) (model.SubjectID, error) {
	id := r.im.IDs.Person()
	plain, err := json.Marshal(it.identity)
	if err != nil {
		return "", err
	}
	sealed, err := r.im.Sealer.Seal(model.SealIdentity, string(id), plain)
	if err != nil {
		return "", err
	}
	d.persons[it.indexes[0]], d.batch.Persons[it.indexes[0]] = id, id
	d.names[id] = it.identity.Name
	d.files[id] = &model.SubjectFile{ID: id, Kind: model.KindNaturalPerson, Adult: true, Identity: sealed}
	d.touch(id)
	return id, nil
}

// nameOf opens a person's name once per draft.
func (r *run) nameOf(d *draft, f *model.SubjectFile) (string, error) {
	if f == nil {
		return "", model.Errorf(model.CodeInternal, "自然人索引指向的档案不存在，请联系管理员检查数据。")
	}
	if name, ok := d.names[f.ID]; ok {
		return name, nil
	}
	plain, err := r.im.Sealer.Open(model.SealIdentity, string(f.ID), f.Identity)
	if err != nil {
		return "", err
	}
	identity, err := model.ReadIdentity(plain)
	d.names[f.ID] = identity.Name
	return identity.Name, err
}

// organisation finds the organisation of a record by its current or a former code.
func (d *draft) organisation(it *item) (model.SubjectID, bool) {
	id := model.SubjectID(it.uscc)
	if d.files[id] == nil {
		id = d.aliases[it.uscc]
	}
	f := d.files[id]
	if f == nil {
		column, reason := "uscc", "法人库中没有该统一社会信用代码，请先导入主体登记信息。"
		if it.row.USCC == "" {
			column, reason = "regNo", "法人库中没有该工商注册号，请填写统一社会信用代码。"
		}
		d.reject(it, compliance.NameMismatch, column, "unknown_subject", reason)
		return "", false
	}
	if name := it.row.Name; name != "" && name != f.Name && !slices.Contains(f.FormerNames, name) {
		d.reject(it, compliance.NameMismatch, "name", "name_mismatch", "名称与该统一社会信用代码登记的名称不一致，请核对。")
		return "", false
	}
	return id, true
}

// register takes in the registration of an organisation, new or changed.
func (d *draft) register(it *item) (model.SubjectID, bool) {
	id := model.SubjectID(it.uscc)
	if _, former := d.aliases[it.uscc]; former && d.files[id] == nil {
		d.reject(it, "", "uscc", "former_code", "该代码已登记为另一主体的曾用代码，请填写现行的统一社会信用代码。")
		return "", false
	}
	for _, code := range it.aliases() {
		owner, taken := d.aliases[code]
		if taken && owner != id || d.files[model.SubjectID(code)] != nil {
			d.reject(it, "", aliasColumn(it, code), "alias_conflict", "该曾用代码或注册号已属于另一主体，请核对。")
			return "", false
		}
	}
	for _, code := range it.aliases() {
		if _, known := d.aliases[code]; !known {
			d.aliases[code], d.batch.Aliases[code] = id, id
		}
	}
	if d.files[id] == nil {
		d.files[id] = &model.SubjectFile{ID: id}
	}
	f, now := d.touch(id), it.file
	before := *f
	f.Kind, f.Name, f.Registration = now.Kind, now.Name, now.Registration
	f.FormerNames = without(union(before.FormerNames, now.FormerNames, before.Name), f.Name)
	f.FormerCodes = union(before.FormerCodes, now.FormerCodes)
	if searchedDifferently(&before, f) {
		d.renamed[id] = true
	}
	return id, true
}

// aliases are the codes under which an enterprise row is found as well.
func (it *item) aliases() []string {
	if it.file == nil || it.uscc == "" {
		return nil
	}
	codes := it.file.FormerCodes
	if n := it.file.Registration.RegNo; n != "" && !slices.Contains(codes, n) {
		codes = append(slices.Clip(codes), n)
	}
	return codes
}

func aliasColumn(it *item, code string) string {
	if slices.Contains(it.file.FormerCodes, code) {
		return "formerCodes"
	}
	return "regNo"
}

// searchedDifferently reports whether the search must learn the organisation anew.
func searchedDifferently(a, b *model.SubjectFile) bool {
	return a.Registration == nil || a.Name != b.Name || a.Registration.Status != b.Registration.Status ||
		!slices.Equal(a.FormerNames, b.FormerNames) || !slices.Equal(a.FormerCodes, b.FormerCodes)
}

// union gives what was and what is added, each once: what was true of a subject's past
// stays true when a later row does not say it again.
func union(old, more []string, extra ...string) []string {
	list := slices.Clone(old)
	for _, s := range slices.Concat(more, extra) {
		if s != "" && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

func without(list []string, s string) []string {
	return slices.DeleteFunc(list, func(t string) bool { return t == s })
}

// sameConsent reports whether the item says what c says.
func (it *item) sameConsent(c model.Consent) bool {
	n := it.consent
	return c.Recipient == n.Recipient && c.Purpose == n.Purpose && c.GrantedAt.Equal(n.GrantedAt) && c.ValidTo.Equal(n.ValidTo)
}

// addEntries puts the public list entries of an organisation's records into the batch; a
// new name reaches those that were there.
func (d *draft) addEntries(f *model.SubjectFile, records []*model.Record) {
	if f.ID.IsPerson() {
		return
	}
	for _, rec := range records {
		if rec.Kind != model.RecordListEntry || rec.Disclosure != model.DisclosurePublic && !d.wasPublic(rec) {
			continue
		}
		d.batch.Lists = append(d.batch.Lists, model.EntryOf(f, rec))
	}
}

// wasPublic reports whether a correction takes the record from the public.
func (d *draft) wasPublic(rec *model.Record) bool {
	return slices.ContainsFunc(d.amended[rec.Subject], func(was *model.Record) bool {
		return was.ID == rec.ID && was.Disclosure == model.DisclosurePublic
	})
}
