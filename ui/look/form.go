package look

import (
	"strings"

	"github.com/a-h/templ"
)

func (in Input) id() string {
	if in.ID != "" {
		return in.ID
	}
	return "field-" + strings.ReplaceAll(in.Name, ".", "-")
}

func (in Input) attributes() templ.OrderedAttributes {
	kind, complete := in.Type, in.Autocomplete
	// What is wrong with an address we say ourselves, in the reader's language:
	// a browser speaks its own and doesn't say what to write instead.
	if kind == "" || kind == "url" {
		kind = "text"
	}
	if complete == "" {
		complete = "off"
	}
	attrs := templ.OrderedAttributes{
		{Key: "id", Value: in.id()},
		{Key: "name", Value: in.Name},
		{Key: "type", Value: kind},
		{Key: "value", Value: in.Value},
		{Key: "autocomplete", Value: complete},
		{Key: "required", Value: in.Required},
		{Key: "autofocus", Value: in.Focus},
		{Key: "readonly", Value: in.ReadOnly},
	}
	if in.MinLength > 0 {
		attrs = append(attrs, templ.KeyValue[string, any]{Key: "minlength", Value: in.MinLength})
	}
	if in.MaxLength > 0 {
		attrs = append(attrs, templ.KeyValue[string, any]{Key: "maxlength", Value: in.MaxLength})
	}
	if in.Type == "url" {
		attrs = append(attrs, templ.KeyValue[string, any]{Key: "inputmode", Value: "url"})
	}
	if in.Pattern != "" {
		attrs = append(attrs, templ.KeyValue[string, any]{Key: "pattern", Value: in.Pattern})
	}
	if by := describedBy(in.id(), in.Hint, in.Fault); by != "" {
		attrs = append(attrs, templ.KeyValue[string, any]{Key: "aria-describedby", Value: by})
	}
	if in.Fault != "" {
		attrs = append(attrs, templ.KeyValue[string, any]{Key: "aria-invalid", Value: "true"})
	}
	return attrs
}

func describedBy(id, hint, fault string) string {
	var ids []string
	if fault != "" {
		ids = append(ids, id+"-fault")
	}
	if hint != "" {
		ids = append(ids, id+"-hint")
	}
	return strings.Join(ids, " ")
}

func invalid(fault string) string {
	if fault != "" {
		return "true"
	}
	return "false"
}
