package ingest

import (
	"context"
	"errors"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// strictJSON reads JSON as people write it by hand: a field that we do not know is a mistake, never ignored.
type strictJSON struct{ name string }

// Name implements connect.Codec.
func (c strictJSON) Name() string { return c.name }

// Marshal implements connect.Codec.
func (strictJSON) Marshal(m any) ([]byte, error) {
	message, ok := m.(proto.Message)
	if !ok {
		return nil, errors.New("not a message")
	}
	return protojson.Marshal(message)
}

// Unmarshal implements connect.Codec.
func (strictJSON) Unmarshal(b []byte, m any) error {
	message, ok := m.(proto.Message)
	if !ok {
		return errors.New("not a message")
	}
	if len(b) == 0 {
		b = []byte("{}")
	}
	return protojson.Unmarshal(b, message)
}

// jsonCodecs replaces connect's JSON codecs.
func jsonCodecs() []connect.HandlerOption {
	return []connect.HandlerOption{
		connect.WithCodec(strictJSON{"json"}),
		connect.WithCodec(strictJSON{"json; charset=utf-8"}),
	}
}

// refuseUnknown refuses requests of a newer client that ask for something this version cannot do.
func refuseUnknown() connect.UnaryInterceptorFunc {
	return func(next connect.UnaryFunc) connect.UnaryFunc {
		return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
			if m, ok := req.Any().(proto.Message); ok && hasUnknown(m.ProtoReflect()) {
				return nil, connect.NewError(connect.CodeInvalidArgument,
					errors.New("the request has fields that this version does not know: use a client of the same version"))
			}
			return next(ctx, req)
		}
	}
}

func hasUnknown(m protoreflect.Message) bool {
	if len(m.GetUnknown()) > 0 {
		return true
	}
	found := false
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case field.IsMap():
			if field.MapValue().Message() != nil {
				v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
					found = hasUnknown(v.Message())
					return !found
				})
			}
		case field.Message() == nil:
		case field.IsList():
			for i := range v.List().Len() {
				if hasUnknown(v.List().Get(i).Message()) {
					found = true
					break
				}
			}
		default:
			found = hasUnknown(v.Message())
		}
		return !found
	})
	return found
}
