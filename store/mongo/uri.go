package mongo

import (
	"net/url"
	"strings"

	"xinyi/model"
)

const defaultDatabase = "xinyi"

// databaseName takes the database out of a connection string:
// mongodb[+srv]://[user:password@]hosts[/database][?options].
func databaseName(uri string) (string, error) {
	rest, ok := strings.CutPrefix(uri, "mongodb://")
	if !ok {
		if rest, ok = strings.CutPrefix(uri, "mongodb+srv://"); !ok {
			return "", errURI()
		}
	}
	rest, _, _ = strings.Cut(rest, "?")
	_, path, _ := strings.Cut(rest, "/")
	name, err := url.PathUnescape(path)
	if err != nil {
		return "", errURI()
	}
	if name == "" {
		return defaultDatabase, nil
	}
	if len(name) > 63 || strings.ContainsAny(name, "/\\. \"$*<>:|?\x00") ||
		name == "admin" || name == "local" || name == "config" {
		return "", &model.Error{Code: model.CodeInvalidRequest,
			Detail: "MongoDB 连接串中的库名不可用。请用字母、数字和下划线组成的名字，不能是 admin、local 或 config。"}
	}
	return name, nil
}

// errURI shows nothing of the URI, which may hold a password.
func errURI() error {
	return &model.Error{Code: model.CodeInvalidRequest,
		Detail: "MongoDB 连接串无法识别。写法：mongodb://用户:口令@主机1,主机2/库名?replicaSet=名称，口令中的特殊字符须做百分号编码。"}
}
