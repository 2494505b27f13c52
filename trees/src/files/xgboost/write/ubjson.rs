//! A document in UBJSON, with the same markers as XGBoost's writer.

/// A document that grows, from front to back.
#[derive(Default)]
pub(super) struct Ubjson {
    bytes: Vec<u8>,
}

impl Ubjson {
    /// The whole document: an object with these members.
    pub(super) fn document(members: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut document = Self::default();
        document.members(members);
        document.bytes
    }

    pub(super) fn object(&mut self, key: &str, members: impl FnOnce(&mut Self)) {
        self.key(key);
        self.members(members);
    }

    pub(super) fn text(&mut self, key: &str, text: &str) {
        self.key(key);
        self.text_value(text);
    }

    pub(super) fn integer(&mut self, key: &str, integer: i32) {
        self.key(key);
        self.integer_value(integer);
    }

    pub(super) fn texts(&mut self, key: &str, texts: &[String]) {
        self.array(key, texts.iter(), |document, text| {
            document.text_value(text)
        });
    }

    /// Whole numbers, each with a marker.
    pub(super) fn integers(&mut self, key: &str, integers: impl ExactSizeIterator<Item = usize>) {
        self.array(key, integers, |document, integer| {
            document.integer_value(integer as i32);
        });
    }

    pub(super) fn objects<T>(
        &mut self,
        key: &str,
        of: impl ExactSizeIterator<Item = T>,
        members: impl Fn(&mut Self, T),
    ) {
        self.array(key, of, |document, one| {
            document.members(|document| members(document, one));
        });
    }

    pub(super) fn floats(&mut self, key: &str, floats: impl ExactSizeIterator<Item = f32>) {
        self.typed(key, b'd', floats, f32::to_be_bytes);
    }

    pub(super) fn i32s(&mut self, key: &str, integers: impl ExactSizeIterator<Item = i32>) {
        self.typed(key, b'l', integers, i32::to_be_bytes);
    }

    pub(super) fn u8s(&mut self, key: &str, integers: impl ExactSizeIterator<Item = u8>) {
        self.typed(key, b'U', integers, u8::to_be_bytes);
    }

    /// An empty array of int64.
    pub(super) fn no_i64s(&mut self, key: &str) {
        self.typed(key, b'L', std::iter::empty(), i64::to_be_bytes);
    }

    fn members(&mut self, members: impl FnOnce(&mut Self)) {
        self.bytes.push(b'{');
        members(self);
        self.bytes.push(b'}');
    }

    fn array<T>(
        &mut self,
        key: &str,
        of: impl ExactSizeIterator<Item = T>,
        mut value: impl FnMut(&mut Self, T),
    ) {
        self.key(key);
        self.bytes.extend(b"[#");
        self.length(of.len());
        of.for_each(|one| value(self, one));
    }

    fn typed<T, const N: usize>(
        &mut self,
        key: &str,
        marker: u8,
        numbers: impl ExactSizeIterator<Item = T>,
        bytes: impl Fn(T) -> [u8; N],
    ) {
        self.key(key);
        self.bytes.extend([b'[', b'$', marker, b'#']);
        self.length(numbers.len());
        self.bytes.reserve(numbers.len() * N);
        numbers.for_each(|number| self.bytes.extend(bytes(number)));
    }

    fn text_value(&mut self, text: &str) {
        self.bytes.push(b'S');
        self.key(text);
    }

    /// In the shortest form.
    fn integer_value(&mut self, integer: i32) {
        if let Ok(integer) = i8::try_from(integer) {
            self.bytes.push(b'i');
            self.bytes.extend(integer.to_be_bytes());
        } else if let Ok(integer) = i16::try_from(integer) {
            self.bytes.push(b'I');
            self.bytes.extend(integer.to_be_bytes());
        } else {
            self.bytes.push(b'l');
            self.bytes.extend(integer.to_be_bytes());
        }
    }

    fn key(&mut self, key: &str) {
        self.length(key.len());
        self.bytes.extend(key.as_bytes());
    }

    fn length(&mut self, length: usize) {
        self.bytes.push(b'L');
        self.bytes.extend((length as u64).to_be_bytes());
    }
}

/// A number as XGBoost writes it in a text: the shortest that restores the float32.
pub(super) fn number(number: f32) -> String {
    format!("{number:E}")
}
