package model

// Detail is one field of a record that only its form knows (其他信息项): 许可证书名称, 违法事实 …
type Detail struct {
	// Key is that of the form's column without DetailColumn.
	Key string `bson:"k" json:"key"`
	// Value is in the form in which it is kept: an id of an enumeration, an amount in 分.
	Value string `bson:"v" json:"value"`
}

// DetailColumn stands before the key of a detail where columns are named.
const DetailColumn = "details."

// DetailOf gives the value of a key; "" if there is none.
func DetailOf(details []Detail, key string) string {
	for _, d := range details {
		if d.Key == key {
			return d.Value
		}
	}
	return ""
}
