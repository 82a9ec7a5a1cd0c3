//! Record batches, handed to Python without a copy: by the capsules of the Arrow PyCapsule interface.

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, to_ffi};
use arrow_array::{Array, RecordBatch, StructArray};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use sesauth::render::rows;

/// Some rows.
#[pyclass(frozen, module = "sesauth._native")]
pub struct Batch(pub RecordBatch);

/// The columns of all of them.
#[pyclass(frozen, module = "sesauth._native")]
pub struct Schema;

#[pymethods]
impl Batch {
    /// The capsules `arrow_schema` and `arrow_array`. The columns are always of the same types, whatever
    /// is requested.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        drop(requested_schema);
        let columns = StructArray::from(self.0.clone());
        let (array, _): (FFI_ArrowArray, _) = to_ffi(&columns.to_data()).map_err(failed)?;
        let array = PyCapsule::new_with_value(py, array, c"arrow_array")?;
        Ok((schema(py)?, array))
    }

    fn __len__(&self) -> usize {
        self.0.num_rows()
    }
}

#[pymethods]
impl Schema {
    #[new]
    fn new() -> Self {
        Self
    }

    /// The capsule `arrow_schema`.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema(py)
    }
}

fn schema(py: Python<'_>) -> PyResult<Bound<'_, PyCapsule>> {
    let schema = FFI_ArrowSchema::try_from(rows::schema().as_ref()).map_err(failed)?;
    PyCapsule::new_with_value(py, schema, c"arrow_schema")
}

/// The exception for what the library cannot have done wrong.
pub fn failed(error: impl std::fmt::Display) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}
