//! `{"inputs": [...]}`: records, or tensors as in the Open Inference Protocol's REST form:
//! `{"name": "X", "shape": [rows, features], "datatype": "FP32", "data": [...]}`, or one such tensor
//! `[rows]` or `[rows, 1]` a feature. Data may be flat or nested by rows.

use algorithm::text::{excerpt, listed};
use jiter::{Jiter, Peek};

use super::{Fault, Leading, Number, Reader};

/// Datatypes whose values are JSON numbers.
const DATATYPES: [&str; 11] = [
    "FP16", "FP32", "FP64", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32",
    "UINT64",
];

/// Names of tensors that a message lists.
const LISTED: usize = 3;

/// A tensor whose values are still to be read.
struct Tensor<'j> {
    name: String,
    shape: Vec<usize>,
    data: Jiter<'j>,
}

impl<'j, N: Number> Reader<'j, '_, '_, N> {
    /// The array that is the value of `inputs`.
    pub(super) fn inputs(&mut self) -> Result<(), Fault> {
        let mut ahead = self.jiter.clone();
        let first = ahead.known_array().map_err(|error| self.syntax(&error))?;
        if first != Some(Peek::Object) {
            return self.records(true);
        }
        if self.rows.targets().is_some() {
            let what = "\"inputs\": found an object, expected arrays of a record each to train on";
            return Err(Fault::whole(what));
        }
        let tensors = self.tensors()?;
        let schema = self.rows.schema();
        let end = self.jiter.clone();
        match tensors.as_slice() {
            [tensor] if tensor.name == schema.input_name() => self.matrix(tensor)?,
            _ => self.columns(&tensors)?,
        }
        self.jiter = end;
        Ok(())
    }

    fn tensors(&mut self) -> Result<Vec<Tensor<'j>>, Fault> {
        let schema = self.rows.schema();
        let mut tensors = Vec::new();
        let first = self.jiter.known_array();
        let mut next = first.map_err(|error| self.syntax(&error))?;
        while let Some(peek) = next {
            if peek != Peek::Object {
                let found = self.found()?;
                let what = format!("\"inputs\": found {found}, expected an object");
                return Err(Fault::whole(what));
            }
            if tensors.len() == schema.n_features() {
                let n = schema.n_features();
                return Err(Fault::whole(format!(
                    "\"inputs\": found more than {n} tensors, the model has {n} features"
                )));
            }
            tensors.push(self.tensor()?);
            next = self.step()?;
        }
        Ok(tensors)
    }

    fn tensor(&mut self) -> Result<Tensor<'j>, Fault> {
        let (mut name, mut shape, mut data) = (None, None, None);
        let mut key = self.jiter.known_object();
        loop {
            let field = match key {
                Err(error) => return Err(self.syntax(&error)),
                Ok(None) => break,
                Ok(Some("name")) => Field::Name,
                Ok(Some("shape")) => Field::Shape,
                Ok(Some("datatype")) => Field::Datatype,
                Ok(Some("data")) => Field::Data,
                Ok(Some(_)) => Field::Other,
            };
            let peek = self.peek()?;
            match field {
                Field::Name => name = Some(self.text()?),
                Field::Shape => shape = Some(self.shape()?),
                Field::Datatype => {
                    let datatype = self.text()?;
                    if !DATATYPES.contains(&datatype.as_str()) {
                        let expected = DATATYPES.join(", ");
                        let found = excerpt(datatype.as_bytes());
                        return Err(Fault::whole(format!(
                            "\"inputs\": found datatype \"{found}\", expected {expected}"
                        )));
                    }
                }
                Field::Data if peek == Peek::Array => {
                    data = Some(self.jiter.clone());
                    self.skip(peek)?;
                }
                Field::Data | Field::Other => self.skip(peek)?,
            }
            key = self.jiter.next_key();
        }
        match (name, shape, data) {
            (Some(name), Some(shape), Some(data)) => Ok(Tensor { name, shape, data }),
            (name, shape, _) => {
                let missing = match (name, shape) {
                    (None, _) => "name",
                    (_, None) => "shape",
                    _ => "data",
                };
                Err(Fault::whole(format!(
                    "\"inputs\": found a tensor without \"{missing}\", expected \"name\", \"shape\", \
                     \"datatype\" and an array \"data\""
                )))
            }
        }
    }

    fn text(&mut self) -> Result<String, Fault> {
        match self.jiter.next_str() {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => {
                let place = self.place(&error);
                Err(Fault::whole(format!("\"inputs\": {place}")))
            }
        }
    }

    fn shape(&mut self) -> Result<Vec<usize>, Fault> {
        let malformed = || {
            let what = "found another shape, expected an array of one or two whole numbers";
            Fault::whole(format!("\"inputs\": {what}"))
        };
        let mut shape = Vec::new();
        let mut next = self.jiter.next_array().map_err(|_| malformed())?;
        while let Some(peek) = next {
            let size = self.jiter.known_number_bytes(peek).ok();
            let size = size.and_then(|text| std::str::from_utf8(text).ok()?.parse().ok());
            shape.push(size.filter(|_| shape.len() < 2).ok_or_else(malformed)?);
            next = self.step()?;
        }
        Ok(shape)
    }

    /// One tensor of whole rows.
    fn matrix(&mut self, tensor: &Tensor<'j>) -> Result<(), Fault> {
        let n_features = self.rows.schema().n_features();
        let [n_rows, columns] = *tensor.shape.as_slice() else {
            return Err(tensor.wrong_shape(&format!("[rows, {n_features}]")));
        };
        if columns != n_features {
            return Err(tensor.wrong_shape(&format!("[rows, {n_features}]")));
        }
        let mut n_values = 0;
        self.each(tensor, |reader, peek| {
            reader.value(peek, 0)?;
            n_values += 1;
            if reader.rows.column() == n_features {
                reader.rows.end_row(Leading::default())?;
                reader.rows.end_record()?;
            }
            Ok(())
        })?;
        if Some(n_values) != n_rows.checked_mul(n_features) {
            return Err(tensor.wrong_length(n_values));
        }
        Ok(())
    }

    /// One tensor a feature. They are all read before the first row is whole.
    fn columns(&mut self, tensors: &[Tensor<'j>]) -> Result<(), Fault> {
        let schema = self.rows.schema();
        if !schema.has_names() || tensors.len() != schema.n_features() {
            let names = tensors.iter().map(|tensor| excerpt(tensor.name.as_bytes()));
            return Err(Fault::whole(format!(
                "\"inputs\": found {} tensors ({}), expected one \"{}\" of shape [rows, {}], or one a feature",
                tensors.len(),
                listed(names, LISTED),
                schema.input_name(),
                schema.n_features(),
            )));
        }
        let mut columns: Vec<Option<Vec<N>>> = vec![None; schema.n_features()];
        for tensor in tensors {
            let column = schema.column(&tensor.name);
            let Some(column) = column else {
                let found = excerpt(tensor.name.as_bytes());
                return Err(Fault::whole(format!(
                    "\"inputs\": found \"{found}\", the model has {}",
                    schema.known_names()
                )));
            };
            let (&[n_rows] | &[n_rows, 1]) = tensor.shape.as_slice() else {
                return Err(tensor.wrong_shape("[rows] or [rows, 1]"));
            };
            let mut values = Vec::new();
            self.each(tensor, |reader, peek| {
                let row = values.len() + 1;
                values.push(reader.number(peek, |_| format!("element {row} of its feature"))?);
                Ok(())
            })?;
            if values.len() != n_rows {
                return Err(tensor.wrong_length(values.len()));
            }
            columns[column] = Some(values);
        }
        // If a feature comes twice, another one is missing.
        let columns: Option<Vec<Vec<N>>> = columns.into_iter().collect();
        let Some(columns) = columns else {
            let what = "\"inputs\": found a feature twice, expected each once";
            return Err(Fault::whole(what));
        };
        let n_rows = columns[0].len();
        if columns.iter().any(|column| column.len() != n_rows) {
            return Err(Fault::whole(
                "\"inputs\": found tensors with different numbers of rows, expected the same number in each",
            ));
        }
        for row in 0..n_rows {
            self.rows.whole(columns.iter().map(|column| column[row]))?;
            self.rows.end_record()?;
        }
        Ok(())
    }

    /// Gives `take` the tensor's values, row by row.
    fn each(
        &mut self,
        tensor: &Tensor<'j>,
        mut take: impl FnMut(&mut Self, Peek) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.jiter = tensor.data.clone();
        let first = self.jiter.known_array();
        let mut next = first.map_err(|error| self.syntax(&error))?;
        let mut is_nested = false;
        loop {
            next = match next {
                Some(Peek::Array) if !is_nested => {
                    is_nested = true;
                    let inner = self.jiter.known_array();
                    inner.map_err(|error| self.syntax(&error))?
                }
                Some(peek) => {
                    take(self, peek)?;
                    self.step()?
                }
                None if is_nested => {
                    is_nested = false;
                    self.step()?
                }
                None => return Ok(()),
            };
        }
    }
}

enum Field {
    Name,
    Shape,
    Datatype,
    Data,
    Other,
}

impl Tensor<'_> {
    fn wrong_shape(&self, expected: &str) -> Fault {
        let (name, shape) = (excerpt(self.name.as_bytes()), &self.shape);
        Fault::whole(format!(
            "input \"{name}\": shape {shape:?}, expected {expected}"
        ))
    }

    fn wrong_length(&self, found: usize) -> Fault {
        let (name, shape) = (excerpt(self.name.as_bytes()), &self.shape);
        Fault::whole(format!(
            "input \"{name}\": found {found} values, expected those of shape {shape:?}"
        ))
    }
}
