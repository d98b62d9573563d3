package contract

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

type kind uint8

const (
	kindString kind = iota + 1
	kindInteger
	kindBoolean
	kindArray
	kindObject
)

// schema is the compiled form of what the contract uses of JSON Schema.
type schema struct {
	kind     kind
	nullable bool

	minLength, maxLength int // runes
	pattern              *regexp.Regexp
	format               string
	enum                 []string

	min, max int64

	items              *schema
	minItems, maxItems int
	unique             bool

	properties         []property
	byName             map[string]int
	required           uint64 // bit set over properties
	minProps, maxProps int
}

type property struct {
	name   string
	schema *schema
}

// maxProperties is what the bit sets of json.go hold.
const maxProperties = 64

func compileSchema(ref *openapi3.SchemaRef) (*schema, error) {
	s := ref.Value
	if len(s.AllOf) == 1 && s.Type == nil {
		return compileSchema(s.AllOf[0])
	}
	if len(s.AllOf)+len(s.OneOf)+len(s.AnyOf) > 0 || s.Not != nil || s.MultipleOf != nil || bool(s.ExclusiveMin.IsSet()) || bool(s.ExclusiveMax.IsSet()) {
		return nil, errors.New("the schema uses a rule that is not compiled")
	}
	out := &schema{nullable: s.Nullable, minLength: int(s.MinLength), maxLength: math.MaxInt, min: math.MinInt64, max: math.MaxInt64,
		minItems: int(s.MinItems), maxItems: math.MaxInt, minProps: int(s.MinProps), maxProps: math.MaxInt, format: s.Format, unique: s.UniqueItems}
	if s.MaxLength != nil {
		out.maxLength = int(*s.MaxLength)
	}
	if s.MaxItems != nil {
		out.maxItems = int(*s.MaxItems)
	}
	if s.MaxProps != nil {
		out.maxProps = int(*s.MaxProps)
	}
	if s.Min != nil {
		out.min = int64(*s.Min)
	}
	if s.Max != nil {
		out.max = int64(*s.Max)
	}
	for _, value := range s.Enum {
		text, ok := value.(string)
		if !ok {
			return nil, errors.New("an enum holds strings only")
		}
		out.enum = append(out.enum, text)
	}
	if s.Pattern != "" {
		var err error
		if out.pattern, err = regexp.Compile(s.Pattern); err != nil {
			return nil, err
		}
	}
	return out, out.compileType(s)
}

func (out *schema) compileType(s *openapi3.Schema) error {
	var err error
	switch {
	case s.Type.Is("string"):
		out.kind = kindString
	case s.Type.Is("integer"):
		out.kind = kindInteger
	case s.Type.Is("boolean"):
		out.kind = kindBoolean
	case s.Type.Is("array"):
		out.kind = kindArray
		if out.items, err = compileSchema(s.Items); err == nil && out.unique && out.items.kind != kindString {
			err = errors.New("uniqueItems is compiled for strings only")
		}
	case s.Type.Is("object"):
		out.kind = kindObject
		err = out.compileObject(s)
	default:
		err = errors.New("a schema has one of the types string, integer, boolean, array, object")
	}
	return err
}

func (out *schema) compileObject(s *openapi3.Schema) error {
	if s.AdditionalProperties.Has == nil || *s.AdditionalProperties.Has {
		return errors.New("an object is closed: additionalProperties: false")
	}
	if len(s.Properties) > maxProperties {
		return fmt.Errorf("an object has at most %d properties", maxProperties)
	}
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	out.byName = map[string]int{}
	for i, name := range names {
		inner, err := compileSchema(s.Properties[name])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		out.byName[name] = i
		out.properties = append(out.properties, property{name, inner})
	}
	for _, name := range s.Required {
		i, ok := out.byName[name]
		if !ok {
			return fmt.Errorf("%s is required and not declared", name)
		}
		out.required |= 1 << i
	}
	return nil
}
